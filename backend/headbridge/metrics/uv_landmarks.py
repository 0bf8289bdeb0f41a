"""Where a UV transfer put the landmarks, against where the source's layout has them."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..topologies import Landmarks, Topology

# The last 51 of the iBUG-68 landmarks.
LANDMARK_GROUPS = {
    "brows": slice(0, 10),
    "nose": slice(10, 19),
    "eyes": slice(19, 31),
    "outer lips": slice(31, 43),
    "inner lips": slice(43, 51),
}


def landmark_uvs(mesh: Mesh, corner_uvs: np.ndarray, landmarks: Landmarks, skin: np.ndarray) -> np.ndarray:
    """(N, 2) UVs of landmarks on a mesh's surface; NaN for one whose vertices share no face.

    A landmark is read from the corners of one face that holds its vertices: on a seam the first face of the skin,
    `skin` (V,) bool, so that a lip landmark does not jump to the chart of the mouth."""
    uvs = np.full((len(landmarks), 2), np.nan)
    faces_of_corners = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    face_in_skin = np.logical_and.reduceat(skin[mesh.corners], mesh.face_starts)
    for k, (vertices, weights) in enumerate(zip(landmarks.vertices, landmarks.weights)):
        needed = np.unique(vertices[weights != 0.0])
        touching = np.flatnonzero(np.isin(mesh.corners, needed))
        faces, counts = np.unique(faces_of_corners[touching], return_counts=True)
        faces = faces[counts == len(needed)]
        if not len(faces):
            continue
        face = faces[np.argmax(face_in_skin[faces])]
        start = mesh.face_starts[face]
        corners = mesh.corners[start : start + mesh.face_sizes[face]]
        shares = (weights[:, None] * (vertices[:, None] == corners)).sum(axis=0)
        uvs[k] = shares @ corner_uvs[start : start + len(corners)].astype(np.float64)
    return uvs


def landmark_uv_errors(
    source: Mesh, source_topology: Topology, target: Mesh, target_topology: Topology, corner_uvs: np.ndarray
) -> np.ndarray | None:
    """(51,) distance in UV units between where the source's layout has each landmark and where `corner_uvs` (C, 2) put
    it on the target; NaN where a mesh does not show one, None where a topology has no landmarks."""
    if source_topology.landmarks_51 is None or target_topology.landmarks_51 is None or source.uvs is None:
        return None
    wanted = landmark_uvs(source, source.uvs, source_topology.landmarks_51, source_topology.skin)
    found = landmark_uvs(target, corner_uvs, target_topology.landmarks_51, target_topology.skin)
    return np.linalg.norm(found - wanted, axis=1)
