"""Edges between two faces, with the corners on either side: where a layout can be cut or is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import edge_table


@dataclass(frozen=True, eq=False)
class SharedEdges:
    """The edges of a polygon mesh that lie between exactly two faces.

    vertices : (E, 2) int32, the ends, lower vertex first.
    faces : (E, 2) int32, the faces on the two sides.
    corners : (E, 2, 2) int32, [edge, side, end]: the corner of that side's face at that end.
    """

    vertices: np.ndarray
    faces: np.ndarray
    corners: np.ndarray

    def __len__(self) -> int:
        return len(self.vertices)


def shared_edges(mesh: Mesh) -> SharedEdges:
    table = edge_table(mesh)
    following = np.arange(1, len(mesh.corners) + 1, dtype=np.int32)
    following[mesh.face_starts + mesh.face_sizes - 1] = mesh.face_starts
    faces = np.repeat(np.arange(len(mesh.face_sizes), dtype=np.int32), mesh.face_sizes)
    order = np.argsort(table.corner_edges, kind="stable")
    first = np.searchsorted(table.corner_edges[order], np.flatnonzero(table.face_counts == 2))
    starts = np.stack([order[first], order[first + 1]], axis=1)
    vertices = table.edges[table.face_counts == 2]
    ends = following[starts]
    forward = mesh.corners[starts] == vertices[:, :1]
    corners = np.stack([np.where(forward, starts, ends), np.where(forward, ends, starts)], axis=2)
    return SharedEdges(vertices, faces[starts], corners.astype(np.int32))


def seam_edges(edges: SharedEdges, corner_points: np.ndarray) -> np.ndarray:
    """(E,) bool, where the two sides have different UV points at either end."""
    points = corner_points[edges.corners]
    return (points[:, 0] != points[:, 1]).any(axis=1)
