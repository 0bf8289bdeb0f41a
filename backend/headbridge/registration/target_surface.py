"""The target surface as the registration sees it: what may be matched, with normals and open borders."""

from __future__ import annotations

import numpy as np

from ..mesh.adjacency import triangle_neighbours
from ..mesh.normals import normalized, vertex_areas, vertex_normals
from ..spatial import Surface


class TargetSurface:
    """The part of a target mesh that may be matched.

    Parameters
    ----------
    vertices : (V, 3) mm; triangles : (T, 3); matched : (V,) bool, vertices whose surface takes part; device : for queries.

    A closest point on the border of the matched part tells nothing about where a source vertex belongs (it lies beyond
    the end of the data), so such hits are reported as `on_border`.
    """

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, matched: np.ndarray, device: str = "cpu"):
        self.triangles = np.ascontiguousarray(triangles[matched[triangles].all(axis=1)])
        self.vertices = vertices
        self.normals = vertex_normals(vertices, triangles)
        self.surface = Surface(vertices, self.triangles, device)
        self._border = triangle_neighbours(self.triangles) < 0
        used = np.zeros(len(vertices), bool)
        used[self.triangles] = True
        border_vertices = np.zeros(len(vertices), bool)
        for k in range(3):
            edge = self.triangles[self._border[:, k]]
            border_vertices[edge[:, k]] = True
            border_vertices[edge[:, (k + 1) % 3]] = True
        self.border_vertices = border_vertices
        # The samples of the target-to-source term; border vertices would pull a source that ends elsewhere.
        self.samples = np.flatnonzero(used & ~border_vertices)
        self.sample_areas = vertex_areas(vertices, self.triangles)[self.samples]

    def closest(self, queries: np.ndarray):
        """Closest points of (N, 3) queries: hits, (N, 3) interpolated unit normals, (N,) bool on the border."""
        hits = self.surface.closest(queries)
        corners = self.triangles[hits.triangles]
        normals = normalized(np.einsum("nk,nkd->nd", hits.barycentrics, self.normals[corners]))
        # Edge k runs from corner k to k + 1; a hit lies on it when the third corner's weight vanishes.
        opposite = hits.barycentrics[:, [2, 0, 1]]
        on_border = (self._border[hits.triangles] & (opposite < 1e-3)).any(axis=1)
        return hits, normals, on_border


def distance_gradients(offset: np.ndarray, distances: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(N, 3) unit directions in which the distance to the surface shrinks: along the (N, 3) offsets to the closest
    points, or the surface normals where they touch. Right also at edges and borders, where a face normal is not."""
    return np.where((distances > 1e-4)[:, None], offset / np.maximum(distances, 1e-12)[:, None], normals)
