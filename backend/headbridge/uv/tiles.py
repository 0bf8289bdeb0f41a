"""Keeps a mapped layout inside the UDIM tiles of the source's."""

from __future__ import annotations

import numpy as np

from ..mesh.uv_layout import UvLayout, signed_areas

# Points over a tile's edge are drawn in together with those within so many times the overshoot.
_BAND = 8.0
# How far from the edge the outermost point comes to lie.
_INSIDE = 1.0e-4


def squeeze_into_tiles(
    uvs: np.ndarray, triangles: np.ndarray, point_charts: np.ndarray, layout: UvLayout
) -> np.ndarray:
    """(N, 2) UVs with no point over the edge of the tile its chart of the source lies in.

    uvs : (N, 2); triangles : (T, 3) points; point_charts : (N,) the source's chart of every point. Coordinates near an
    edge that is overstepped are compressed, which turns no axis over; a chart that reaches over tiles itself, or in which
    a thin triangle would fold, is left as it is."""
    out = np.array(uvs)
    for chart in np.unique(point_charts):
        own = layout.uvs[layout.triangles[layout.charts == chart]].reshape(-1, 2)
        tile = np.floor(own.mean(axis=0))
        if (own < tile).any() or (own > tile + 1.0).any():
            continue
        members = point_charts == chart
        squeezed = np.array(out)
        for axis in (0, 1):
            inner = _squeezed(out[members, axis] - tile[axis])
            squeezed[members, axis] = 1.0 - _squeezed(1.0 - inner) + tile[axis]
        touching = members[triangles].any(axis=1)
        before, after = (signed_areas(found[triangles[touching]]) > 0.0 for found in (out, squeezed))
        if not (before & ~after).any():
            out = squeezed
    return out


def _squeezed(distances: np.ndarray) -> np.ndarray:
    """Distances from an edge, those near it compressed so that none is below `_INSIDE`."""
    over = -float(distances.min(initial=0.0))
    if over <= 0.0:
        return distances
    band = _BAND * over
    near = distances < band
    return np.where(near, _INSIDE + (distances + over) * (band - _INSIDE) / (band + over), distances)
