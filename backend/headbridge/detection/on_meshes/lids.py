"""Which eyes of a head are shut, by its surface: detectors of faces draw shut lids half open."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import grey_opening, median_filter

from ...mesh import Mesh
from ...spatial import Surface
from .detections import VotedPoints
from .landmarks import FEATURES

# Corners of the right and of the left eye, from outside.
_CORNERS = tuple(
    (FEATURES[f"{side} eye outer corner"], FEATURES[f"{side} eye inner corner"]) for side in ("right", "left")
)
# Columns between the corners, as shares of the way; heights about them, mm, and their spacing.
_COLUMNS = np.linspace(0.25, 0.75, 9)
_BELOW, _ABOVE, _SPACING = 11.0, 9.0, 0.25
_BEFORE, _FAR = 40.0, 80.0
# A step is what the depth changes within so many samples beyond the slope around, the median of so many.
_STEP, _AROUND = 3, 21
# A slit or groove lower than so many samples is none.
_SLIT = 5
# Above a lower lid the surface falls by less than this where an upper lid lies on it, mm, and comes forward to that lid's edge
# lower than this above the corners, mm: with 60 made and 9 scanned eyes 0.1..0.4 and -3.6..-0.6 shut; 0.3..45 and 2.4..7.9 open.
_LEAST_FALL, _EDGE_OF_SHUT = 0.5, 1.5
# Fewer columns that are covered from end to end say nothing.
_FEWEST_COLUMNS = 5


def shut_lids(mesh: Mesh, voted: VotedPoints, device: str = "cpu") -> tuple[bool, bool]:
    """Whether the right and the left eye of a head are shut.

    Above the edge of a lower lid the surface steps back to the eyeball or into an empty socket, and forward again at the upper
    lid, high above the corners of the eye. A shut upper lid lies on the lower one: one step forward, below the corners. mesh : a head in the mean head's frame, mm; voted : its points there."""
    surface = Surface(mesh.vertices, mesh.triangles, device)
    heights = np.arange(-_BELOW, _ABOVE, _SPACING)
    shut = []
    for outer, inner in _CORNERS:
        if not voted.found[[outer, inner]].all():
            shut.append(False)
            continue
        start, way = voted.points[outer], voted.points[inner] - voted.points[outer]
        origins = (start + _COLUMNS[:, None] * way)[:, None] + heights[:, None] * (0.0, 1.0, 0.0)
        origins[..., 2] += _BEFORE
        hits = surface.cast(origins.reshape(-1, 3), np.broadcast_to((0.0, 0.0, -1.0), (origins[..., 0].size, 3)), _FAR)
        depth = np.where(hits.hit, hits.distances, _FAR).reshape(len(_COLUMNS), -1)
        covered = hits.hit.reshape(depth.shape)[:, [0, -1]].all(axis=1)
        if covered.sum() < _FEWEST_COLUMNS:
            shut.append(False)
            continue
        fall = _steps(depth[covered])
        edge = heights[np.argmin(fall, axis=1)] + 0.5 * _STEP * _SPACING
        shut.append(bool(np.median(fall.max(axis=1)) < _LEAST_FALL and np.median(edge) < _EDGE_OF_SHUT))
    return shut[0], shut[1]


def _steps(depth: np.ndarray) -> np.ndarray:
    """(C, H - 3) mm, of (C, H) depths from below to above: how far the surface steps back within three samples, going up."""
    slope = np.diff(grey_opening(depth, size=(1, _SLIT)), axis=1)
    beyond = slope - median_filter(slope, size=(1, _AROUND), mode="nearest")
    total = np.cumsum(np.pad(beyond, ((0, 0), (1, 0))), axis=1)
    return total[:, _STEP:] - total[:, :-_STEP]
