"""Texels of a layout as points of the head, and means of them at its vertices."""

from __future__ import annotations

import numpy as np

from ...mesh.interpolation import barycentric_rows
from .layout import HeadLayout


class SurfaceTexels:
    """The N `active` (H, W) texels of a layout; all must have a place on the head."""

    def __init__(self, layout: HeadLayout, active: np.ndarray):
        template, raster = layout.packed, layout.raster
        corners = template.triangles[raster.triangle[active]]
        weights = raster.barycentrics[active].astype(np.float64)
        self._rows = barycentric_rows(corners, weights, len(template.vertices))
        self._total = np.asarray(self._rows.sum(axis=0)).ravel()

    def interpolated(self, values: np.ndarray) -> np.ndarray:
        """(N, C) of (V, C)."""
        return self._rows @ values

    def at_vertices(self, values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(V, C) weighted means of the (N, C) values around every vertex, and (V,) the share of these texels' weight,
        0..1. weights : (N,), 0..1 or bool."""
        weights = weights.astype(float)
        total = self._rows.T @ weights
        means = (self._rows.T @ (weights[:, None] * values)) / np.maximum(total, 1e-9)[:, None]
        return means, np.where(total > 0.0, total / np.maximum(self._total, 1e-9), 0.0)
