"""The pose correctives of the open heads' jaw."""

from __future__ import annotations

import numpy as np

# Entries (1, 2) and (2, 1) of the row-major R - 1 are minus and plus the sine of a turn about x.
MINUS_SINE, SINE = 5, 7


def jaw_opening_correctives(corrective: np.ndarray, sine: float) -> tuple[np.ndarray, np.ndarray]:
    """The (V, 3) correctives of entries MINUS_SINE and SINE of the jaw's R - 1, float32.

    Opened about x to the angle whose sine is given, the jaw gets `corrective` (V, 3) whole; in between as much as the
    sine says, and nothing from turns about y and z."""
    half = np.asarray(corrective, np.float32) / np.float32(2.0 * sine)
    return -half, half
