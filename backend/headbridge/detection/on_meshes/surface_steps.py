"""Steps of a surface in depth, seen from the front along lines that go up: edges of lids and lips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import grey_opening, median_filter

from ...spatial import Surface

SPACING = 0.25
"""Between the samples of a line, mm."""
FEWEST_COLUMNS = 5
"""Fewer lines say nothing."""

_BEFORE = 40.0
# A step is what the depth changes within so many samples beyond the slope around, the median of so many.
_STEP, _AROUND = 3, 21
# A slit or groove lower than so many samples is none.
_SLIT = 5


@dataclass(frozen=True, eq=False)
class Profiles:
    """C lines of H samples from below to above. points : (C, H, 3) mm on the surface, or at the end of the rays where there is
    none; hit : (C, H) bool, whether there is one; fall : (C, H - 3) mm, how far the surface steps back from a sample to the third
    after it, beyond its slope around."""

    points: np.ndarray
    hit: np.ndarray
    fall: np.ndarray

    def heights(self, step: np.ndarray) -> np.ndarray:
        """(C,) mm, of the middle of each line's step that begins at a sample."""
        return self.points[np.arange(len(step)), step, 1] + 0.5 * _STEP * SPACING

    def edge(self, step: np.ndarray) -> np.ndarray:
        """(C, 3) mm, of each line's step forward that begins at a sample: its height, and the surface above it."""
        result = self.points[np.arange(len(step)), step + _STEP].copy()
        result[:, 1] = self.heights(step)
        return result


def profiles(surface: Surface, feet: np.ndarray, low: float, high: float, far: float) -> Profiles:
    """The lines through (C, 3) points, mm of the mean head's frame, from so far below them to so far above; what lies more than
    `far` behind the place 40 mm before a point is not looked at."""
    heights = np.arange(low, high, SPACING)
    origins = feet[:, None] + heights[:, None] * (0.0, 1.0, 0.0)
    origins[..., 2] += _BEFORE
    shape = origins.shape[:2]
    hits = surface.cast(origins.reshape(-1, 3), np.broadcast_to((0.0, 0.0, -1.0), (origins[..., 0].size, 3)), far)
    depth = np.where(hits.hit, hits.distances, far).reshape(shape)
    origins[..., 2] -= depth
    return Profiles(origins, hits.hit.reshape(shape), _fall(depth))


def _fall(depth: np.ndarray) -> np.ndarray:
    slope = np.diff(grey_opening(depth, size=(1, _SLIT)), axis=1)
    beyond = slope - median_filter(slope, size=(1, _AROUND), mode="nearest")
    total = np.cumsum(np.pad(beyond, ((0, 0), (1, 0))), axis=1)
    return total[:, _STEP:] - total[:, :-_STEP]


def smooth_line(points: np.ndarray, off_line: float) -> np.ndarray | None:
    """Those of (N, 3) points, side by side, that lie within so many mm of one parabola; None for too few."""
    kept = np.ones(len(points), bool)
    while kept.sum() >= FEWEST_COLUMNS:
        fit = np.polyfit(points[kept, 0] - points[0, 0], points[kept, 1:], 2)
        there = np.vander(points[:, 0] - points[0, 0], 3) @ fit
        off = np.where(kept, np.linalg.norm(there - points[:, 1:], axis=1), 0.0)
        if off.max() < off_line:
            return points[kept]
        kept[np.argmax(off)] = False
    return None
