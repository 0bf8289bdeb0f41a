"""Cuts the target along the borders of its labels, so that seam vertices get one UV point per side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import connected_labels
from .edges import SharedEdges
from .labels import FREE_CUT, disagreement
from .patches import PointMapper


@dataclass(frozen=True, eq=False)
class CutMesh:
    """The target with its seams.

    corner_points : (C,) int32, the UV point of every corner; point_vertices : (N,) int32, the vertex of every point;
    point_patches : (N,) int32, the patch the point takes its UV from; on_seam : (N,) bool, points of cut edges.
    seam_pairs : (S, 2) int32, points joined by a cut edge, once for either side.
    """

    corner_points: np.ndarray
    point_vertices: np.ndarray
    point_patches: np.ndarray
    on_seam: np.ndarray
    seam_pairs: np.ndarray


def cut_edges(
    edges: SharedEdges, labels: np.ndarray, positions: np.ndarray, normals: np.ndarray, mapper: PointMapper
) -> np.ndarray:
    """(E,) bool, edges between faces of different patches where those do not continue each other."""
    pair = np.sort(labels[edges.faces], axis=1)
    cut = np.zeros(len(edges), bool)
    for first, second in np.unique(pair[pair[:, 0] != pair[:, 1]], axis=0):
        here = np.flatnonzero((pair == (first, second)).all(axis=1))
        cut[here] = disagreement(edges.vertices[here], positions, normals, mapper, first, second) > FREE_CUT
    return cut


def cut_mesh(mesh: Mesh, edges: SharedEdges, cut: np.ndarray, labels: np.ndarray) -> CutMesh:
    """Part the corners around every vertex where cut edges part them."""
    joined = edges.corners[~cut]
    pairs = np.concatenate([joined[:, :, 0], joined[:, :, 1]])
    corner_points = connected_labels(len(mesh.corners), pairs)
    _, first, corner_points = np.unique(corner_points, return_index=True, return_inverse=True)
    corner_points = corner_points.reshape(-1).astype(np.int32)
    count = len(first)
    faces = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    # Where patches continue each other a point may touch several: the one most of its faces are on is taken.
    patches = int(labels.max()) + 1
    votes = np.bincount(corner_points * patches + labels[faces], minlength=count * patches).reshape(count, patches)
    on_seam = np.zeros(count, bool)
    seam_pairs = corner_points[edges.corners[cut].reshape(-1, 2)]
    on_seam[seam_pairs] = True
    return CutMesh(corner_points, mesh.corners[first], np.argmax(votes, axis=1).astype(np.int32), on_seam, seam_pairs)
