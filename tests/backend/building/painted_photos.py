"""Photos that are flat pictures, and a stand-in for the fit: a photo's red tells which texture it shows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from headbridge.building.unwrapping import UnwrappedTexture
from headbridge.cache import content_key
from headbridge.errors import InputError
from headbridge.images import Image, write_image
from headbridge.texture import load_texture_space

SIZE = 64
NO_FACE, BREAKS = 200, 201


def write_photo(path, number: int, mark: int = 0):
    """Photos of one number show one texture; those of other marks are other files."""
    pixels = np.zeros((16, 16, 3), np.float32)
    pixels[..., 0], pixels[..., 1] = number / 255.0, mark / 255.0
    write_image(path, Image(pixels))
    return path


@lru_cache(maxsize=1)
def true_textures() -> np.ndarray:
    """(6, 1, SIZE, SIZE, 3), which two components make up."""
    space = load_texture_space("open", "flame", SIZE)
    rows = [(0.5, 0.5), (-0.5, 0.4), (0.3, -0.6), (-0.2, -0.3), (0.1, 0.6), (-0.4, 0.0)]
    return np.stack([np.clip(space.colours(np.array(row)), 0.0, 1.0) for row in rows])


def half(number: int) -> np.ndarray:
    """(1, SIZE, SIZE) bool, the left or the right half of the layout, and a little more."""
    known = np.zeros((1, SIZE, SIZE), bool)
    known[:, :, : SIZE // 2 + 4] = True
    return known if number % 2 else known[:, :, ::-1].copy()


class PaintedUnwrap:
    """Shows a half of the texture of each photo, so many times as large. calls : the numbers it was given."""

    layout = "flame"
    key = content_key("stand-in")

    def __init__(self, scale: int = 1):
        self.calls, self._scale = [], scale

    def __call__(self, photo, progress):
        progress.report(0.5, "looking")
        number = round(255.0 * float(photo.pixels[0, 0, 0]))
        self.calls.append(number)
        if number == NO_FACE:
            raise InputError(f"{photo.name}: no face was found.")
        if number == BREAKS:
            raise ValueError("a matrix\nis singular")
        pictures = np.rint(255.0 * true_textures()[number]).astype(np.uint8)
        pictures, known = (
            part.repeat(self._scale, axis=1).repeat(self._scale, axis=2) for part in (pictures, half(number))
        )
        return UnwrappedTexture(pictures, known, 0.02, 35.0)
