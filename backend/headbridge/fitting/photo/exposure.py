"""How bright a photo is as a whole, compared to photos that are exposed as usual."""

from __future__ import annotations

import numpy as np

from ...images.colour import LUMINANCE

# The brightest things of usual photos (white cloth, sky, lamps, highlights) have this luminance, sRGB; faces differ in
# brightness from person to person, these much less.
_BRIGHT_SHARE, _USUAL = 98.0, 0.93
# What is outside of this says more of what the picture shows than of its exposure.
_LEAST, _LARGEST = 0.35, 1.1


def exposure(pixels: np.ndarray, weights: np.ndarray | None = None) -> float:
    """By how much the sRGB values of a photo (H, W, 3), 0..1, are larger than those of the same photo exposed as usual.

    weights : (H, W) 0..1, pixels at 0 are left out; None for all."""
    luminance = pixels @ LUMINANCE.astype(np.float32)
    shown = luminance if weights is None else luminance[weights > 0.0]
    if not shown.size:
        return 1.0
    return float(np.clip(np.percentile(shown, _BRIGHT_SHARE) / _USUAL, _LEAST, _LARGEST))
