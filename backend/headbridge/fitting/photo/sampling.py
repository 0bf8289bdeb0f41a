"""Colours of a picture at places between its pixels."""

from __future__ import annotations

import cv2
import numpy as np

# OpenCV's maps are limited to 2^15 on a side.
_COLUMNS = 2**14


def sample_picture(pixels: np.ndarray, places: np.ndarray, scale: float) -> np.ndarray:
    """(N, C) float32 of an (H, W, C) float32 picture at (N, 2) screen coordinates: cubic interpolation, of a picture
    averaged first where one sample stands for `scale` > 1 pixels."""
    height, width, channels = pixels.shape
    if scale > 1.0:
        small = (max(1, round(width / scale)), max(1, round(height / scale)))
        places = places * (small[0] / width, small[1] / height)
        pixels = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA).reshape(small[1], small[0], channels)
    count = len(places)
    rows = max(1, -(-count // _COLUMNS))
    grid = np.zeros((rows * _COLUMNS, 2), np.float32)
    # Remapping counts from the first pixel's centre.
    grid[:count] = places - 0.5
    grid = grid.reshape(rows, _COLUMNS, 2)
    picture = cv2.remap(np.ascontiguousarray(pixels), grid, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return picture.reshape(-1, channels)[:count]


def pixels_around(places: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(N, 4) rows and columns of the pixels around (N, 2) screen coordinates in a picture of a (height, width):
    the upper two, then the lower two."""
    corner = np.floor(places - 0.5).astype(np.int64)
    column = np.clip(corner[:, :1] + (0, 1, 0, 1), 0, shape[1] - 1)
    row = np.clip(corner[:, 1:] + (0, 0, 1, 1), 0, shape[0] - 1)
    return row, column


def bilinear_weights(places: np.ndarray) -> np.ndarray:
    """(N, 4) what the `pixels_around` count."""
    across, down = (np.mod(places - 0.5, 1.0)).T
    return np.stack([(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down], axis=1)
