"""Taking apart sheets of a surface that run through each other, as closed lips or an ear and the head behind it do."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ..mesh.normals import vertex_normals
from ..spatial import Surface
from ..spatial.intersections import self_intersecting_triangles
from ..spatial.winding import Inside

# How far from a self-intersection a buried vertex may be, and how deep it may lie in the other sheet, mm.
_REACH = 10.0
_DEPTH = 10.0
# What is left between parted sheets, mm.
_GAP = 0.04



def buried_vertices(
    vertices: np.ndarray, triangles: np.ndarray, near: np.ndarray, share: float = 0.5, device: str = "cpu"
):
    """Which of the vertices `near` (N,) lie inside another sheet, and where they would be out of it.

    vertices : (V, 3) mm; triangles : (T, 3) that bound a volume together (holes do no harm); share : of the way out,
    0.5 is the middle between the sheets. Returns (M,) vertex indices and their (M, 3) places.
    """
    normals = vertex_normals(vertices, triangles)[near]
    # Asked a little outside, where a vertex that is seen is outside.
    inside = Inside(vertices, triangles, device)(vertices[near] + 0.02 * normals)
    near, normals = near[inside], normals[inside]
    # The way out is back along the vertex's own normal, to where the other sheet is met from within.
    surface = Surface(vertices, triangles, device)
    hits = surface.cast(vertices[near] - 1e-3 * normals, -normals, _DEPTH)
    facing = np.einsum("nd,nd->n", surface.triangle_normals()[hits.triangles], -normals)
    met = hits.hit & (hits.distances < _DEPTH) & (facing > 0.2)
    return near[met], (vertices[near] - share * (hits.distances + _GAP)[:, None] * normals)[met]


def parted(vertices: np.ndarray, triangles: np.ndarray, device: str = "cpu") -> np.ndarray:
    """(V, 3) the surface with crossing sheets exchanged: what is buried in the other sheet goes to that sheet's place.

    Then the sheets meet where they are seen to meet and cross no more, and everything seen stays where it is. A source
    registered onto crossing sheets would cross itself the same way; onto exchanged ones it does not, and still lies on
    the surface it was given."""
    crossing = np.unique(self_intersecting_triangles(vertices, triangles, device))
    if len(crossing) == 0:
        return vertices
    used = np.unique(triangles)
    distance, _ = cKDTree(vertices[triangles[crossing]].mean(axis=1)).query(vertices[used], distance_upper_bound=_REACH)
    buried, places = buried_vertices(vertices, triangles, used[np.isfinite(distance)], 1.0, device)
    out = np.array(vertices)
    out[buried] = places
    return out
