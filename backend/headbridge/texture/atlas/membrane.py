"""Values beside an edge continued over it in a picture, falling to nothing: the membrane with which pasted pictures meet
what is around them (Farbman et al. 2009), within a reach."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

# Values are smooth against this many texels of the reach, so that fewer are enough.
_COARSER = 30.0
# Widths of the means, widest first, in reaches; and the share of known texels with which a finer mean is believed.
_WIDTHS, _BELIEVED = (0.32, 0.16, 0.08), 0.25


def membrane(values: np.ndarray, known: np.ndarray, within: np.ndarray, reach: float) -> np.ndarray:
    """(H, W, C) float32: at the edge of what is known as much as the values are there, falling smoothly to 0 `reach`
    texels away; 0 beside `within`.

    values : (H, W, C), of which those count that are `known`, (H, W) bool. within : (H, W) bool."""
    height, width = known.shape
    if not known.any():
        return np.zeros(values.shape, np.float32)
    step = max(1, round(reach / _COARSER))
    size = (-(-width // step), -(-height // step))
    weighted = np.concatenate([np.where(known[..., None], values, 0.0), known[..., None]], axis=2, dtype=np.float32)
    weighted = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA)
    result = None
    for share in _WIDTHS:
        total = cv2.GaussianBlur(weighted, (0, 0), share * reach / step, borderType=cv2.BORDER_CONSTANT)
        mean = total[..., :-1] / np.maximum(total[..., -1:], 1e-6)
        believed = np.clip(total[..., -1:] / _BELIEVED, 0.0, 1.0)
        result = mean if result is None else result + believed * (mean - result)
    away = np.clip(distance_transform_edt(~known) / reach, 0.0, 1.0)
    falling = np.where(within, 0.5 + 0.5 * np.cos(np.pi * away), 0.0)
    return cv2.resize(result, (width, height)).reshape(values.shape) * falling[..., None].astype(np.float32)
