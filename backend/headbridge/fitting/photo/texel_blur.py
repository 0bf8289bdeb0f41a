"""Means around the texels of a layout."""

from __future__ import annotations

import cv2
import numpy as np

from ...texture.atlas.layout import HeadLayout
from .painted_share import pictured

# A blur is made on texels that it is so many times as wide as.
_COARSE = 4.0


def blurred(values: np.ndarray, width: float, layout: HeadLayout, weights: np.ndarray | None = None) -> np.ndarray:
    """(N, 3) means of (N, 3) values around the covered texels, each counting by its weight.

    width : standard deviation in texels of 1024. weights : (N,), 1 without. Where no weight is near, 0."""
    sigma = width * layout.shape[0] / 1024.0
    if weights is None:
        both = np.dstack([pictured(layout, values, 3), layout.covered.astype(np.float32)])
    else:
        counted = pictured(layout, weights, 0)[..., None]
        both = np.dstack([pictured(layout, values, 3) * counted, counted])
    # What is blurred as far as this needs no finer texels.
    coarser = max(1, int(sigma / _COARSE))
    height, width = layout.shape
    small = cv2.resize(both, (width // coarser, height // coarser), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / coarser)
    total = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)[layout.covered]
    return total[:, :3] / np.maximum(total[:, 3:], 1e-3)
