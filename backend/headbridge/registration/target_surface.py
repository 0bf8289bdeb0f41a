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
