"""The target surface as the registration sees it: what may be matched, with normals, and open borders."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import connected_components, triangle_neighbours
from ..mesh.normals import normalized, vertex_areas, vertex_normals
from ..spatial import Surface, SurfaceHits
from .parting import all_buried, parted

# How far inside the border a closest point is trusted fully, mm.
_BORDER = 0.5
_MOST_SAMPLES = 16_000


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
        a, b, c = (self.vertices[self.triangles[:, k]] for k in range(3))
        edges = np.stack([np.linalg.norm(e, axis=1) for e in (b - a, c - b, a - c)], axis=1)
        doubled = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        # (T, 3) how far the third corner lies from each border edge; infinite for edges inside the surface.
        self._border_heights = np.where(self._border, doubled[:, None] / np.maximum(edges, 1e-12), np.inf)
        # The samples of the target-to-source term.
        inner = np.flatnonzero(used & ~on_border)
        areas = vertex_areas(self.vertices, self.triangles)
        # A dense scan says no more with all of its vertices than with these.
        self.samples = inner[np.linspace(0, len(inner) - 1, min(len(inner), _MOST_SAMPLES)).astype(np.int64)]
        share = areas[inner].sum() / max(areas[self.samples].sum(), 1e-12)
        self.sample_areas = share * areas[self.samples]

    def closest(self, queries: np.ndarray) -> tuple[SurfaceHits, np.ndarray, np.ndarray]:
        """Closest points of (N, 3) queries: hits, (N, 3) interpolated unit normals, and (N,) trust: 0 for points on the
        border, which mean nothing, 1 from `_BORDER` mm on."""
        hits = self._surface.closest(queries)
        corners = self.triangles[hits.triangles]
        normals = normalized(np.einsum("nk,nkd->nd", hits.barycentrics, self.normals[corners]))
        # Edge k runs from corner k to k + 1; a point lies on it when the third corner's weight vanishes.
        opposite = np.maximum(hits.barycentrics[:, [2, 0, 1]], 0.0)
        heights = self._border_heights[hits.triangles]
        inside = np.where(np.isfinite(heights), opposite * np.where(np.isfinite(heights), heights, 1.0), np.inf).min(
            axis=1
        )
        return hits, normals, np.clip(inside / _BORDER, 0.0, 1.0)

    def cast(self, origins: np.ndarray, direction: np.ndarray, max_distance: float) -> SurfaceHits:
        """First hits of rays from (N, 3) origins along one (3,) direction."""
        return self._surface.cast(origins, np.broadcast_to(direction, origins.shape), max_distance)
