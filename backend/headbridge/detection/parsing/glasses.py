"""Whether what looks like glasses is worn: frames reach over the nose or under the eyes, dark brows do neither."""

from __future__ import annotations

import cv2
import numpy as np

from .classes import GLASSES

# Corners of the eyes in the detector's mesh: outer and inner ones of the person's right and left eye.
_RIGHT_EYE, _LEFT_EYE = (33, 133), (362, 263)
# How far above and under the line through the corners a bridge lies, and a lower rim, in widths between the outer corners.
_BRIDGE, _RIM = (-0.22, 0.16), (0.06, 0.36)
# The least median over the columns of what is seen there. With glasses, of 4 path-traced persons, it is 0.49 and more; without,
# of 23 pictures, 0.20 and less, thick brows with a chance of 0.8 among them.
_WORN = 0.3
_ALONG, _ACROSS = 24, 15


def without_lone_glasses(chances: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(C, S, S) chances of the classes, without glasses where no part of them is seen but at the brows: the other
    classes share what those had.

    chances : (C, S, S) of a crop. points : (478, 2) the detector's, in its pixels."""
    if _worn(chances[GLASSES], points) >= _WORN:
        return chances
    others = chances.copy()
    others[GLASSES] = 0.0
    return others / np.maximum(others.sum(axis=0), 1e-6)


def _worn(chance: np.ndarray, points: np.ndarray) -> float:
    """How surely the (S, S) chance of glasses has a bridge or a lower rim."""
    across = points[_LEFT_EYE[1]] - points[_RIGHT_EYE[0]]
    down = np.array([-across[1], across[0]])
    seen = []
    for (first, last), reach in (((_RIGHT_EYE[1], _LEFT_EYE[0]), _BRIDGE), (_RIGHT_EYE, _RIM), (_LEFT_EYE, _RIM)):
        along = points[first] + np.linspace(0.0, 1.0, _ALONG)[:, None] * (points[last] - points[first])
        places = along + np.linspace(*reach, _ACROSS)[:, None, None] * down
        found = cv2.remap(chance, *np.moveaxis(places.astype(np.float32), 2, 0), cv2.INTER_LINEAR)
        seen.append(float(np.median(found.max(axis=0))))
    return max(seen)
