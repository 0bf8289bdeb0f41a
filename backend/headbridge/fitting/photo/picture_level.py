"""A photo's crop at a resolution, and its colours between pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from .view import Screen

# Pixels that are made smaller are blurred first by this many of the new ones, less what they are blurred anyway.
_BLUR = 0.5


@dataclass(frozen=True, eq=False)
class PictureLevel:
    """pixels : (h, w, 3) float32 sRGB of a crop. weights : (h, w) float32, 0 where nothing is known.
    screen : its camera's. scale : its pixels per pixel of the photo."""

    pixels: np.ndarray
    weights: np.ndarray
    screen: Screen
    scale: float

    def at(self, places: np.ndarray) -> np.ndarray:
        """(N, 3) colours at (N, 2) columns and rows, the first pixel's centre at 0.5: Catmull-Rom splines, through the
        pixels with the slopes of `slopes` there; beyond the border its colours."""
        height, width = self.pixels.shape[:2]
        column, row = places[:, 0] - 0.5, places[:, 1] - 0.5
        left, above = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
        across, down = _spline_weights(column - left), _spline_weights(row - above)
        columns = np.clip(left[:, None] + np.arange(-1, 3), 0, width - 1)
        rows = np.clip(above[:, None] + np.arange(-1, 3), 0, height - 1)
        flat = self.pixels.reshape(-1, 3)
        total = np.zeros((len(places), 3), np.float32)
        for j in range(4):
            for i in range(4):
                total += (down[:, j] * across[:, i])[:, None] * flat[rows[:, j] * width + columns[:, i]]
        return total

    @cached_property
    def slopes(self) -> np.ndarray:
        """(h, w, 3, 2) how colours change by column and row at the pixels' centres."""
        return picture_slopes(self.pixels)


def picture_slopes(pixels: np.ndarray) -> np.ndarray:
    """(h, w, C, 2) central differences of a picture (h, w, C) by column and row; half as steep at the border, as if it
    went on in its last colours."""
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across = padded[1:-1, 2:] - padded[1:-1, :-2]
    down = padded[2:, 1:-1] - padded[:-2, 1:-1]
    return 0.5 * np.stack([across, down], axis=-1)


def picture_level(
    pixels: np.ndarray, weights: np.ndarray | None, screen: Screen, box: np.ndarray, scale: float
) -> PictureLevel:
    """The part of a photo (H, W, 3) in box (left, top, right, bottom) with `scale` pixels per pixel of the photo.

    weights : (H, W) 0..1, how far each pixel counts, or None. screen : the photo's. Where the box leaves the photo,
    nothing is known."""
    height, width = pixels.shape[:2]
    left, top = np.floor(box[:2]).astype(int)
    right, bottom = np.ceil(box[2:]).astype(int)
    size = max(round((bottom - top) * scale), 2), max(round((right - left) * scale), 2)
    rows, columns = ((np.arange(count) + 0.5) / scale + start - 0.5 for count, start in zip(size, (top, left)))
    blur = _BLUR * np.sqrt(max(scale**-2.0 - 1.0, 0.0))
    margin = int(np.ceil(4.0 * blur)) + 2
    first_row, last_row = np.clip([top - margin, bottom + margin], 0, height)
    first_column, last_column = np.clip([left - margin, right + margin], 0, width)
    part = np.s_[first_row:last_row, first_column:last_column]
    place = np.meshgrid(rows - first_row, columns - first_column, indexing="ij")
    inside = (rows > -0.5) & (rows < height - 0.5), (columns > -0.5) & (columns < width - 0.5)
    known = np.outer(*inside).astype(np.float32)
    colours = [
        map_coordinates(gaussian_filter(pixels[part][..., colour], blur), place, order=1, mode="nearest")
        for colour in range(3)
    ]
    if weights is not None:
        # A pixel that is mixed with unknown ones is unknown in part.
        seen = gaussian_filter(np.asarray(weights[part], np.float32), blur)
        known *= np.clip(2.0 * map_coordinates(seen, place, order=1, mode="nearest") - 1.0, 0.0, 1.0)
    crop = screen.cropped(float(left), float(top), scale, size[1], size[0])
    return PictureLevel(np.stack(colours, axis=2, dtype=np.float32), known, crop, scale)


def _spline_weights(fraction: np.ndarray) -> np.ndarray:
    """(N, 4) float32 weights of the four neighbours."""
    t = fraction[:, None]
    powers = np.concatenate([np.ones_like(t), t, t * t, t**3], axis=1)
    matrix = 0.5 * np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]], float)
    return (powers @ matrix).astype(np.float32)
