"""Edge padding: colours continue beyond the charts, so that filtering and mip levels do not pull in the background."""

from __future__ import annotations

import numpy as np
import warp as wp

from ..device import warp_device
from ..progress import Progress
from .nearest import COLOURED, EMPTY, fill_nearest

BILINEAR = 4
"""Bilinear sampling reads so many texels beyond a chart at most."""


def pad_image(pixels: np.ndarray, covered: np.ndarray, padding: int, device: str = "cpu") -> np.ndarray:
    """(H, W, C) float32 pixels whose texels outside `covered` (H, W) but at most `padding` texels away from it have the
    colour of the nearest covered texel; all others are as they were."""
    place = warp_device(device)
    colours = wp.array(np.array(pixels, dtype=np.float32), dtype=float, ndim=3, device=place)
    states = wp.array(np.where(covered, COLOURED, EMPTY).astype(np.uint8), dtype=wp.uint8, device=place)
    fill_nearest(colours, states, EMPTY, padding, Progress(), "", 0.0)
    return colours.numpy()
