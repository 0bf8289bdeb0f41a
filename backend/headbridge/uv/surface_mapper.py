"""The surface method: the UV of the closest point, sheet by sheet."""

from __future__ import annotations

import numpy as np

from ..spatial import Surface
from .sheets import Sheets

# A sheet that faces away explains a point as badly as one this much further away, mm.
_BACK_FACE = 8.0


class SurfaceMapper:
    """`PointMapper` by closest points on the source's sheets. Exact where the two heads lie on each other."""

    def __init__(self, sheets: Sheets, device: str = "cpu"):
        self._sheets = sheets
        self._device = device
        self._cores = [self._surface(np.flatnonzero(sheets.core == s)) for s in range(len(sheets))]
        self._whole = [self._surface(members) for members in sheets.members]

    def _surface(self, triangles: np.ndarray) -> tuple[Surface, np.ndarray]:
        corners = self._sheets.triangles[triangles]
        used, compact = np.unique(corners, return_inverse=True)
        return Surface(self._sheets.vertices[used], compact.reshape(-1, 3), self._device), triangles

    def sheet_costs(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        costs = []
        for surface, _ in self._cores:
            hits = surface.closest(points)
            facing = np.einsum("nd,nd->n", surface.triangle_normals()[hits.triangles], normals)
            costs.append(hits.distances + _BACK_FACE * np.maximum(0.0, -facing))
        return np.stack(costs, axis=1)

    def uvs(self, points: np.ndarray, sheets: np.ndarray, normals: np.ndarray) -> np.ndarray:
        out = np.zeros((len(points), 2))
        for sheet in np.unique(sheets):
            chosen = sheets == sheet
            surface, triangles = self._whole[sheet]
            hits = surface.closest(points[chosen])
            corners = self._sheets.triangle_uvs[triangles[hits.triangles]]
            out[chosen] = np.einsum("nk,nkd->nd", hits.barycentrics, corners)
        return out
