"""Regions and landmarks of another head, transferred from HACK by a quick registration of the templates."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.normals import vertex_normals
from headbridge.spatial import Surface
from headbridge.topologies import Landmarks, Topology

from .transfer import curve_targets, register_quickly, transfer_labels


def outer_triangles(mesh: Mesh, hidden: np.ndarray) -> np.ndarray:
    """(T, 3) triangles that have no hidden vertex."""
    return mesh.triangles[~hidden[mesh.triangles].any(axis=1)]


def drawn_onto(
    mesh: Mesh,
    rims: dict[str, np.ndarray],
    landmarks: Landmarks | None,
    free: np.ndarray,
    hack_mesh: Mesh,
    hack: Topology,
) -> np.ndarray:
    """(V, 3), a head's vertices drawn onto the HACK head by their common rims and, where given, 51 landmarks."""
    pairs = []
    if landmarks is not None:
        pairs.append((landmarks.vertices, landmarks.weights, hack.landmarks_51.evaluate(hack_mesh.vertices)))
    for name, rim in rims.items():
        onto = curve_targets(mesh.vertices[rim], hack_mesh.vertices[hack.rims[name]])
        pairs.append((np.repeat(rim[:, None], 3, axis=1), np.tile([1.0, 0.0, 0.0], (len(rim), 1)), onto))
    return register_quickly(mesh, hack_mesh, pairs, free, outer_triangles(hack_mesh, hack.no_match))


def transferred_regions(
    mesh: Mesh, moved: np.ndarray, mirror: np.ndarray, hack_mesh: Mesh, hack: Topology
) -> dict[str, np.ndarray]:
    """HACK's outer regions on a head whose vertices were drawn onto HACK, made symmetric by its mirror map."""
    matched = outer_triangles(hack_mesh, hack.no_match)
    normals = vertex_normals(moved, mesh.triangles)
    regions = {
        name: transfer_labels(moved, normals, hack_mesh, matched, mask)
        for name, mask in hack.regions.items()
        if (mask & ~hack.no_match).any()
    }
    other = {"left": "right", "right": "left"}
    paired = np.where(mirror >= 0, mirror, np.arange(len(mirror)))
    symmetric = {}
    for name, mask in regions.items():
        side, _, rest = name.partition("_")
        symmetric[name] = mask | regions[f"{other[side]}_{rest}" if side in other else name][paired]
    return symmetric


def transferred_landmarks(moved: np.ndarray, triangles: np.ndarray, hack_mesh: Mesh, landmarks: Landmarks) -> Landmarks:
    """HACK's landmarks on (T, 3) triangles of a head whose vertices were drawn onto HACK."""
    hits = Surface(moved, triangles).closest(landmarks.evaluate(hack_mesh.vertices))
    return Landmarks(triangles[hits.triangles], hits.barycentrics, landmarks.names)
