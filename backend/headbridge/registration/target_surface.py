"""The target surface as the registration sees it: what may be matched, with normals, and open borders."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import connected_components, triangle_neighbours
from ..mesh.normals import normalized, vertex_areas, vertex_normals
from ..spatial import Surface, SurfaceHits
from .parting import all_buried, parted


class TargetSurface:
    """The part of a target mesh that may be matched.

    Parameters
    ----------
    vertices : (V, 3) mm; triangles : (T, 3); matched : (V,) bool, vertices whose surface takes part; device : for
    queries; clean : sheets that cross were modelled and are exchanged (`parting`), so that `vertices` holds the
    target's and some more; in a scan what is buried is debris and is not matched.

    A closest point on the border of the matched part tells nothing about where a source vertex belongs, because the
    source goes on where the data ends.
    """

    def __init__(
        self, vertices: np.ndarray, triangles: np.ndarray, matched: np.ndarray, device: str = "cpu", clean: bool = True
    ):
        components = connected_components(Mesh.from_faces(vertices, triangles))
        parts = np.isin(components, components[np.flatnonzero(matched)])
        triangles = triangles[parts[triangles[:, 0]]]
        if clean:
            self.vertices, triangles, split = parted(vertices, triangles, device)
            matched = np.concatenate([matched, matched[split].all(axis=1)])
        else:
            self.vertices = vertices
            matched = np.array(matched)
            matched[all_buried(vertices, triangles, device).vertices] = False
        self.triangles = np.ascontiguousarray(triangles[matched[triangles].all(axis=1)])
        self.normals = vertex_normals(self.vertices, triangles)
        self._surface = Surface(self.vertices, self.triangles, device)
        self._border = triangle_neighbours(self.triangles) < 0
        used = np.zeros(len(self.vertices), bool)
        used[self.triangles] = True
        on_border = np.zeros(len(self.vertices), bool)
        for k in range(3):
            edge = self.triangles[self._border[:, k]]
            on_border[edge[:, [k, (k + 1) % 3]]] = True
        # The samples of the target-to-source term.
        self.samples = np.flatnonzero(used & ~on_border)
        self.sample_areas = vertex_areas(self.vertices, self.triangles)[self.samples]

    def closest(self, queries: np.ndarray) -> tuple[SurfaceHits, np.ndarray, np.ndarray]:
        """Closest points of (N, 3) queries: hits, (N, 3) interpolated unit normals, (N,) bool whether they mean anything."""
        hits = self._surface.closest(queries)
        corners = self.triangles[hits.triangles]
        normals = normalized(np.einsum("nk,nkd->nd", hits.barycentrics, self.normals[corners]))
        # Edge k runs from corner k to k + 1; a hit lies on it when the third corner's weight vanishes.
        opposite = hits.barycentrics[:, [2, 0, 1]]
        valid = ~(self._border[hits.triangles] & (opposite < 1e-3)).any(axis=1)
        return hits, normals, valid

    def cast(self, origins: np.ndarray, direction: np.ndarray, max_distance: float) -> SurfaceHits:
        """First hits of rays from (N, 3) origins along one (3,) direction."""
        return self._surface.cast(origins, np.broadcast_to(direction, origins.shape), max_distance)


def distance_gradients(offset: np.ndarray, distances: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(N, 3) unit directions in which the distance to the surface shrinks: along the (N, 3) offsets to the closest
    points, or the surface normals where they touch. Right also at edges and borders, where a face normal is not."""
    return np.where((distances > 1e-4)[:, None], offset / np.maximum(distances, 1e-12)[:, None], normals)


def welsch(distances: np.ndarray, reach: float) -> np.ndarray:
    """Robust weight of (N,) distances that fades to exp(-2) at the reach."""
    return np.exp(-2.0 * (distances / reach) ** 2)
