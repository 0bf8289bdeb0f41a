"""Whether the target is shut where a rim of the source was registered: two witnesses, both of them geometric.

One is what lies between the halves of the rim: the target's surface where it is shut, nothing where it is open, and an
eyeball or teeth, which bulge or lie deeper, where those were scanned too. The other is how far one sees in: rays from
the front through the opening. Where the halves stand clearly above each other neither can tell a shut lid from an
eyeball between open ones, so that such lids count as open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...mesh.normals import normalized, vertex_normals
from ..target_surface import TargetSurface
from .patch import RimPatch

# Columns between the halves that are asked, as shares of the rim's length, and how far from the target a point between
# them may be, mm.
_COLUMNS = np.linspace(0.2, 0.8, 17)
_NEAR = 0.8
# The rays' pitches, degrees, their spacing and how far above and below the rim's middle they go, mm, where they start
# before it, and how far behind it they have passed the opening.
_PITCHES = (-25.0, 0.0)
_SPACING, _SPAN, _BEFORE, _PASSED, _LONGEST = 0.15, 6.0, 15.0, 3.5, 60.0
# Bounds of what is shut: share of near points, free view and height in mm; a mouth that nothing can be seen through
# may be registered farther apart, because nothing like an eyeball lies in it.
_SHUT_SHARE, _SHUT_VIEW, _SHUT_HEIGHT = 0.6, 1.2, 1.5
_SHUT_MOUTH_VIEW = 0.5
_FILLED_MOUTH_SHARE, _FILLED_MOUTH_HEIGHT = 0.85, 2.5
# Skin this near to the rim, mm, says where the front is.
_FRONT_SKIN = 4.0


@dataclass(frozen=True)
class Evidence:
    """What speaks for a shut target.

    share : of the points between the halves that lie near the target. view : mm, the height of what rays from the front
    can pass, in the pitch that lets least pass. height : mm, of the upper half above the lower half. width : mm,
    between the halves. All are of the rim's middle 60 %; lengths are medians.
    """

    share: float
    view: float
    height: float
    width: float

    def shut(self, is_mouth: bool, known: bool = False) -> bool:
        """Whether both witnesses call the target shut; known : a third one does, however far apart the halves are."""
        limit = _FILLED_MOUTH_HEIGHT if is_mouth and self.share >= _FILLED_MOUTH_SHARE else _SHUT_HEIGHT
        low, dark = known or self.height <= limit, is_mouth and self.view <= _SHUT_MOUTH_VIEW
        # Lips that bite on each other lie off the target between them, and still nothing can be seen through them.
        filled = self.share >= _SHUT_SHARE or (low and dark)
        return filled and self.view <= _SHUT_VIEW and (low or dark)


def find_evidence(patch: RimPatch, positions: np.ndarray, up: np.ndarray, target: TargetSurface) -> Evidence:
    """Ask the target at (N, 3) registered positions of the patch, mm; `up` (3,) unit."""
    upper, lower = (half.rows(_COLUMNS, len(patch)) @ positions for half in (patch.rim.upper, patch.rim.lower))
    between = np.concatenate([upper + share * (lower - upper) for share in (0.25, 0.5, 0.75)])
    hits, _, _ = target.closest(between)
    return Evidence(
        share=float(np.mean(hits.distances < _NEAR)),
        view=_free_view(0.5 * (upper + lower), _front(patch, positions, up), up, target),
        height=float(np.median((upper - lower) @ up)),
        width=float(np.median(np.linalg.norm(upper - lower, axis=1))),
    )


def _front(patch: RimPatch, positions: np.ndarray, up: np.ndarray) -> np.ndarray:
    """(3,) unit, across `up`, where the skin around the rim looks."""
    skin = patch.has_data & (patch.rim_distance < _FRONT_SKIN)
    front = vertex_normals(positions, patch.triangles, patch.corners)[skin].sum(axis=0)
    return normalized((front - (front @ up) * up)[None])[0]


def _free_view(middle: np.ndarray, front: np.ndarray, up: np.ndarray, target: TargetSurface) -> float:
    """The longest free way across the opening, median over (K, 3) places, least over the pitches."""
    heights = np.arange(-_SPAN, _SPAN, _SPACING)
    least = np.inf
    for pitch in np.radians(_PITCHES):
        towards = np.cos(pitch) * front + np.sin(pitch) * up
        across = np.cos(pitch) * up - np.sin(pitch) * front
        origins = middle[:, None] + heights[:, None] * across + _BEFORE * towards
        hits = target.cast(origins.reshape(-1, 3), -towards, _LONGEST)
        passed = (hits.distances > _BEFORE + _PASSED).reshape(len(middle), -1)
        least = min(least, float(np.median([_longest_run(row) for row in passed])) * _SPACING)
    return least


def _longest_run(row: np.ndarray) -> int:
    """The most true values of (N,) bool beside each other."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
    return int((ends[1::2] - ends[::2]).max(initial=0))
