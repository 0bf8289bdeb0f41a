"""What is wrong around a rim: flips, crossings, and the gap between its halves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...metrics.flips import FlipTest
from ...spatial.intersections import SelfIntersections
from .patch import RimPatch

# The part of the rim's length that a gap is measured on: at the corners the halves meet anyway.
_MEASURED = np.linspace(0.1, 0.9, 33)


@dataclass(frozen=True)
class Faults:
    """Flipped triangles, intersecting triangles, and the 95th percentile of the gap between the halves, mm."""

    flips: int
    crossings: int
    gap: float


class FaultFinder:
    """Finds the faults among the moving triangles of a patch."""

    def __init__(self, patch: RimPatch, device: str = "cpu"):
        self._patch = patch
        self._moving = patch.is_free[patch.triangles].any(axis=1)
        self._flips = FlipTest(patch.rest, patch.triangles)
        self._crossings = SelfIntersections(patch.rest, patch.triangles, device)
        # Where the template crosses itself its sheets stay entangled: which triangles meet there means nothing.
        touched = np.zeros(len(patch), bool)
        touched[patch.triangles[self._crossings.pairs()]] = True
        self._entangled = touched[patch.triangles].any(axis=1)

    def __call__(self, positions: np.ndarray) -> Faults:
        """Measure (V, 3) positions of the whole source."""
        local = positions[self._patch.vertices]
        rim, count = self._patch.rim, len(self._patch)
        gaps = (rim.upper.rows(_MEASURED, count) - rim.lower.rows(_MEASURED, count)) @ local
        return Faults(
            flips=int((self._flips.flipped(local) & self._moving).sum()),
            crossings=len(np.unique(self._pairs(local))),
            gap=float(np.percentile(np.linalg.norm(gaps, axis=1), 95)),
        )

    def triangles(self, local: np.ndarray) -> np.ndarray:
        """(T,) bool, the triangles that are flipped or cross others where the template does not, at (N, 3) positions
        of the patch."""
        out = self._flips.flipped(local) & self._moving
        pairs = self._pairs(local)
        out[pairs[~self._entangled[pairs].all(axis=1)]] = True
        return out

    def _pairs(self, local: np.ndarray) -> np.ndarray:
        self._crossings.move(local)
        pairs = self._crossings.pairs()
        return pairs[self._moving[pairs].any(axis=1)]
