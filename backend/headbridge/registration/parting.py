"""Taking apart sheets of a surface that run through each other, as closed lips or an ear and the head behind it do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..mesh.normals import vertex_normals
from ..mesh.subdivide import split_edges
from ..spatial import Surface
from ..spatial.intersections import self_intersecting_triangles
from ..spatial.winding import Inside

# How far from a self-intersection a buried vertex may be, and how deep it may lie in the other sheet, mm.
_REACH = 6.0
_DEPTH = 10.0
# What is left between parted sheets, mm.
_GAP = 0.04
# How far before the other sheet an edge that runs into it is split, mm.
_BEFORE = 0.5


@dataclass(frozen=True)
class BuriedVertices:
    """Vertices on the wrong side of another sheet: `vertices` (M,) indices, `across` (M,) the triangle of the other sheet
    where the way out ends, `ways` (M, 3) mm, from the vertices to just beyond the other sheet."""

    vertices: np.ndarray
    across: np.ndarray
    ways: np.ndarray


def buried_vertices(
    vertices: np.ndarray, triangles: np.ndarray, near: np.ndarray, device: str = "cpu"
) -> BuriedVertices:
    """Which of the vertices `near` (N,) lie on the wrong side of another sheet, and the way out.

    vertices : (V, 3) mm; triangles : (T, 3) that bound a volume together (holes do no harm).

    A vertex of a sound surface has the outside on one side and the inside on the other. Where two sheets overlap (lip in
    lip) it has the inside on both: the way out is back along its normal to where the other sheet is met from within.
    Where its sheet has come through another from behind (the mouth's lining through the cheek) it has the outside on
    both: the way out is along the normal, back through the sheet it passed."""
    normals = vertex_normals(vertices, triangles)[near]
    inside = Inside(vertices, triangles, device)
    overlap = inside(vertices[near] + 0.02 * normals)
    come_through = ~overlap & ~inside(vertices[near] - 0.02 * normals)
    surface = Surface(vertices, triangles, device)
    side = np.where(overlap, -1.0, 1.0)
    wrong = overlap | come_through
    near, way = near[wrong], (side[:, None] * normals)[wrong]
    hits = surface.cast(vertices[near] + 1e-3 * way, way, _DEPTH)
    facing = np.einsum("nd,nd->n", surface.triangle_normals()[hits.triangles], way)
    met = hits.hit & (hits.distances < _DEPTH) & (facing * -side[wrong] > 0.2)
    return BuriedVertices(near[met], hits.triangles[met], ((hits.distances + _GAP)[:, None] * way)[met])


def all_buried(vertices: np.ndarray, triangles: np.ndarray, device: str = "cpu") -> BuriedVertices:
    """The buried vertices near any self-intersection of the surface."""
    crossing = np.unique(self_intersecting_triangles(vertices, triangles, device))
    if len(crossing) == 0:
        return BuriedVertices(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)))
    used = np.unique(triangles)
    distance, _ = cKDTree(vertices[triangles[crossing]].mean(axis=1)).query(vertices[used], distance_upper_bound=_REACH)
    return buried_vertices(vertices, triangles, used[np.isfinite(distance)], device)


def parted(
    vertices: np.ndarray, triangles: np.ndarray, device: str = "cpu"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface with crossing sheets exchanged: what is buried in the other sheet goes to that sheet's place.

    Then the sheets meet where they are seen to meet and cross no more, and everything seen stays where it is: edges that
    run into the other sheet are split where they enter. A source registered onto crossing sheets would cross itself the
    same way; onto exchanged ones it does not, and still lies on the surface it was given.
    Returns (V + N, 3) vertices, of which the first V are the given ones, the (T', 3) triangles, and the (N, 2) ends of
    the edges that the new vertices split.
    """
    buried = all_buried(vertices, triangles, device)
    if len(buried.vertices) == 0:
        return vertices, triangles, np.zeros((0, 2), np.int64)
    is_buried = np.zeros(len(vertices), bool)
    is_buried[buried.vertices] = True
    edges = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    edges = edges[is_buried[edges[:, 0]] != is_buried[edges[:, 1]]]
    edges = np.where(is_buried[edges[:, :1]], edges[:, ::-1], edges)
    points, entered = _entries(vertices, triangles, edges, device)
    edges, points = edges[entered], points[entered]
    out, triangles = split_edges(vertices, triangles, edges, points)
    out[buried.vertices] += buried.ways
    return out, triangles, edges


def _entries(vertices: np.ndarray, triangles: np.ndarray, edges: np.ndarray, device: str):
    """Where (E, 2) edges from seen to buried vertices enter another sheet: (E, 3) points just before, (E,) bool found."""
    start, end = vertices[edges[:, 0]], vertices[edges[:, 1]]
    length = np.linalg.norm(end - start, axis=1)
    # Cast a little above the own sheet, which the edge lies in.
    lift = 0.01 * vertex_normals(vertices, triangles)[edges[:, 0]]
    surface = Surface(vertices, triangles, device)
    hits = surface.cast(start + lift, end - start, float(length.max(initial=0.0)))
    met = triangles[hits.triangles]
    own = (met[:, :, None] == edges[:, None, :]).any(axis=(1, 2))
    # A vertex closer than that to the other sheet needs no split.
    found = hits.hit & (hits.distances > _BEFORE + _GAP) & (hits.distances < length) & ~own
    share = np.where(found, (hits.distances - _BEFORE) / np.maximum(length, 1e-12), 0.0)
    return start + share[:, None] * (end - start), found
