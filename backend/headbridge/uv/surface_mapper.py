"""The surface method: the UV of the closest point, patch by patch."""

from __future__ import annotations

import numpy as np

from ..spatial import Surface
from .patches import Patches

# A patch that faces away explains a point as badly as one this much further away, mm.
_BACK_FACE = 8.0


class SurfaceMapper:
    """`PointMapper` by closest points on the source's patches. Exact where the two heads lie on each other."""

    def __init__(self, patches: Patches, device: str = "cpu"):
        self._patches = patches
        self._device = device
        self._cores = [self._surface(np.flatnonzero(patches.core == s)) for s in range(len(patches))]
        self._whole = [self._surface(members) for members in patches.members]

    def _surface(self, triangles: np.ndarray) -> tuple[Surface, np.ndarray]:
        corners = self._patches.triangles[triangles]
        used, compact = np.unique(corners, return_inverse=True)
        return Surface(self._patches.vertices[used], compact.reshape(-1, 3), self._device), triangles

    def patch_costs(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        costs = []
        for surface, _ in self._cores:
            hits = surface.closest(points)
            facing = np.einsum("nd,nd->n", surface.triangle_normals()[hits.triangles], normals)
            costs.append(hits.distances + _BACK_FACE * np.maximum(0.0, -facing))
        return np.stack(costs, axis=1)

    def uvs(self, points: np.ndarray, patches: np.ndarray, normals: np.ndarray) -> np.ndarray:
        out = np.zeros((len(points), 2))
        for patch in np.unique(patches):
            chosen = patches == patch
            surface, triangles = self._whole[patch]
            hits = surface.closest(points[chosen])
            corners = self._patches.triangle_uvs[triangles[hits.triangles]]
            out[chosen] = np.einsum("nk,nkd->nd", hits.barycentrics, corners)
        return out
