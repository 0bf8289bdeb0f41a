"""Layouts with mirrored charts: mapped as if they were not, and mirrored back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..mesh import Mesh
from ..mesh.uv_layout import UvLayout


@dataclass(frozen=True, eq=False)
class UprightSource:
    """A source whose charts all face up.

    mesh : the source with mirrored charts flipped in their place; layout : its layout.
    twice_axis : (charts,) float64, for a chart that was flipped, u + mirrored u; NaN for the others.
    """

    mesh: Mesh
    layout: UvLayout
    twice_axis: np.ndarray

    def mirrored_back(self, uvs: np.ndarray, charts: np.ndarray) -> np.ndarray:
        """(N, 2) UVs of points that belong to (N,) charts, as the source's own layout has them."""
        axis = self.twice_axis[charts]
        return np.stack([np.where(np.isnan(axis), uvs[:, 0], axis - uvs[:, 0]), uvs[:, 1]], axis=1)


def upright_source(source: Mesh, layout: UvLayout) -> UprightSource:
    """The source with every chart of negative area mirrored in u about its own middle."""
    facing = np.bincount(layout.charts, layout.signed_areas(), minlength=layout.chart_count)
    axis = np.full(layout.chart_count, np.nan)
    points = np.zeros(len(layout.uvs), np.int64)
    points[layout.triangles] = layout.charts[:, None]
    for chart in np.flatnonzero(facing < 0.0):
        own = layout.uvs[points == chart, 0]
        axis[chart] = own.min() + own.max()
    if np.isnan(axis).all():
        return UprightSource(source, layout, axis)
    turned = UprightSource(source, layout, axis).mirrored_back(layout.uvs, points)
    corner_uvs = turned[layout.corner_points].astype(np.float32)
    return UprightSource(replace(source, uvs=corner_uvs), replace(layout, uvs=turned), axis)
