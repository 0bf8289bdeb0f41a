"""A linear space of textures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import InputError
from ..images import Image
from ..mesh.udim import Tile
from .sampling import bilinear_matrix


@dataclass(frozen=True, eq=False)
class TextureSpace:
    """Textures mean + components @ coefficients in the UV layout of a built-in head.

    layout : "flame" or "hack"; name : what to call the space in messages and files.
    tiles : (u, v) of the T tiles' lower left corners.
    mean : (T, size, size, 3) float32; components : (T, size, size, 3, K) float32, one standard deviation each, the most
        important first. Encoded sRGB, 0..1, row 0 at the top.
    labels : (K,) what each component changes, for sliders.
    notes : sentences for the user on how the space was read.
    """

    layout: str
    name: str
    tiles: tuple[Tile, ...]
    mean: np.ndarray
    components: np.ndarray
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Texels along a tile's side."""
        return self.mean.shape[1]

    @property
    def count(self) -> int:
        """Number of components."""
        return self.components.shape[-1]

    def sample(self, uvs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean (N, 3) and components (N, 3, K), float32, at (N, 2) UVs, bilinearly."""
        matrix = bilinear_matrix(uvs, self.tiles, self.size)
        mean = matrix @ self.mean.reshape(-1, 3)
        components = matrix @ self.components.reshape(-1, 3 * self.count)
        return mean, components.reshape(-1, 3, self.count)

    def colours(self, coefficients: np.ndarray) -> np.ndarray:
        """(T, size, size, 3) float32 texture of up to K coefficients (the others are 0), not clipped. Errors as
        `check_coefficients`."""
        values = self.check_coefficients(coefficients)
        return self.mean + self.components[..., : len(values)] @ values

    def check_coefficients(self, coefficients: np.ndarray) -> np.ndarray:
        """Up to K coefficients as (k,) float32; `InputError` for more, or numbers that are not finite."""
        return checked_coefficients(coefficients, self.count, f"The texture space {self.name}")

    def image(self, coefficients: np.ndarray, size: int | None = None) -> dict[Tile, Image]:
        """The texture of up to K coefficients as a picture per tile, clipped to 0..1; size : texels along a side, None
        for the space's own."""
        pictures = np.clip(self.colours(coefficients), 0.0, 1.0)
        return {
            tile: Image(resized(picture, size or self.size), name=self.name)
            for tile, picture in zip(self.tiles, pictures, strict=True)
        }


def checked_coefficients(coefficients: np.ndarray, count: int, whose: str) -> np.ndarray:
    """Up to `count` coefficients as (k,) float32; `InputError` for more, or numbers that are not finite. whose : what
    has so many components, beginning a sentence."""
    values = np.atleast_1d(np.asarray(coefficients, np.float32))
    if values.ndim != 1 or len(values) > count:
        raise InputError(f"{whose} has {count} components; give at most as many coefficients, not {values.size}.")
    if not np.isfinite(values).all():
        raise InputError("Texture coefficients should be finite numbers.")
    return values


def resized(picture: np.ndarray, size: int) -> np.ndarray:
    """(size, size, C) of a square picture: means of texels where it shrinks, bilinear where it grows."""
    if picture.shape[0] == size:
        return picture
    how = cv2.INTER_AREA if size < picture.shape[0] else cv2.INTER_LINEAR
    return cv2.resize(picture, (size, size), interpolation=how).reshape(size, size, -1)


def resized_components(components: np.ndarray, size: int) -> np.ndarray:
    """(size, size, C, K) of (S, S, C, K) components, each as `resized` does."""
    if components.shape[0] == size:
        return np.ascontiguousarray(components)
    result = np.empty((size, size, *components.shape[2:]), np.float32)
    for number in range(components.shape[-1]):
        result[..., number] = resized(np.ascontiguousarray(components[..., number]), size)
    return result
