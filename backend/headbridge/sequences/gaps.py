"""Where frames are missing in a sequence."""

from __future__ import annotations

import numpy as np

# Larger steps are times in some unit, of which no two need be the same.
_MOST_COUNTED = 1_000_000


def gaps(frame_ids: np.ndarray) -> tuple[np.ndarray, int]:
    """The places after which rising (T,) frame numbers go on by more than the step that most frames have, and that step.

    Two frames have no usual step, so there is no gap."""
    steps = np.diff(frame_ids)
    if len(steps) < 2:
        return np.zeros(0, np.int64), 1
    usual = int(np.bincount(steps).argmax()) if steps.max() < _MOST_COUNTED else int(np.median(steps))
    return np.flatnonzero(steps > usual), usual
