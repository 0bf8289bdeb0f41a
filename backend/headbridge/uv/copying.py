"""UVs between two meshes of the same faces: nothing is mapped, corners are told apart by face and vertex."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..topologies import Topology


def copied_uvs(
    source: Mesh, target: Mesh, source_topology: Topology | None, target_topology: Topology | None
) -> np.ndarray | None:
    """(C, 2) float32, the source's UVs at the target's corners, or None when the two do not have the same faces.

    Faces may stand in another order or be cut into triangles where both have the same known topology."""
    if len(source.vertices) != len(target.vertices):
        return None
    if np.array_equal(source.corners, target.corners) and np.array_equal(source.face_sizes, target.face_sizes):
        return np.array(source.uvs)
    if source_topology is None or source_topology is not target_topology:
        return None
    around = _corners_by_vertex(source)
    out = np.zeros((len(target.corners), 2), np.float32)
    for start, face in zip(target.face_starts, target.faces_as_lists()):
        here = set(face.tolist())
        for step, vertex in enumerate(face.tolist()):
            # The face of the source that shares most with this one is the same face or the polygon it was cut from.
            _, corner = max(around[vertex], key=lambda entry: len(entry[0] & here))
            out[start + step] = source.uvs[corner]
    return out


def _corners_by_vertex(mesh: Mesh) -> list[list[tuple[set[int], int]]]:
    """Per vertex its corners, each with the vertices of its face."""
    around: list[list[tuple[set[int], int]]] = [[] for _ in range(len(mesh.vertices))]
    for start, face in zip(mesh.face_starts.tolist(), mesh.faces_as_lists()):
        members = set(face.tolist())
        for step, vertex in enumerate(face.tolist()):
            around[vertex].append((members, start + step))
    return around
