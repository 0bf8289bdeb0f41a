"""A photo and the head that stands before its camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from ...errors import InputError

# Pixels kept around a head.
_MARGIN = 8


@dataclass(frozen=True, eq=False)
class PosedPhoto:
    """A photo and the head as it stands before the camera.

    pixels : (H, W, 3) float32 sRGB 0..1. vertices : (V, 3) mm in the upright frame of the camera, which sits at the
    origin: x to the right, y up, looking along -z. matrix : (3, 3) intrinsics K for screen coordinates (the first
    pixel's centre at (0.5, 0.5)). light : (9, 3) coefficients of `render.sh_basis` in this frame, or None where colours
    are the head's own. weights : (H, W), how far each pixel shows the head's own skin, 0..1, or None: all do.
    known : (H, W), how far each pixel may be painted at all (nothing before the head; the user's mask, the photo's
    alpha), 0..1, or None. hair : (H, W), how far each pixel shows hair that the scalp may be painted with, or None.
    openness : (V,) factors of the shading at the vertices (`openness`), None in the open.
    name : for messages. Raises `InputError` for wrong shapes and for heads that are not before the camera."""

    pixels: np.ndarray
    vertices: np.ndarray
    matrix: np.ndarray
    light: np.ndarray | None = None
    weights: np.ndarray | None = None
    name: str = "photo"
    known: np.ndarray | None = None
    hair: np.ndarray | None = None
    openness: np.ndarray | None = None

    def __post_init__(self):
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or not self.pixels.size:
            raise InputError(f"{self.name}: pixels should have shape (H, W, 3), not {self.pixels.shape}.")
        for weights in (self.weights, self.known, self.hair):
            if weights is not None and weights.shape != self.pixels.shape[:2]:
                raise InputError(
                    f"{self.name}: weights of shape {weights.shape} do not belong to a picture of "
                    f"{self.pixels.shape[1]} x {self.pixels.shape[0]}."
                )
        if not np.isfinite(self.vertices).all() or not (self.vertices[:, 2] < 0.0).all():
            raise InputError(f"{self.name}: the head is not wholly before the camera; look at the camera's R and t.")

    @cached_property
    def screen(self) -> np.ndarray:
        """(V, 3) screen x, y and depth of the vertices."""
        return self.projected(self.vertices)

    def projected(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) screen x, y and depth (mm) of (N, 3) points in the camera's upright frame."""
        in_camera = points * (1.0, -1.0, -1.0)
        return np.column_stack([(in_camera @ self.matrix.T)[:, :2] / in_camera[:, 2:], in_camera[:, 2]])

    @property
    def rays(self) -> np.ndarray:
        """(H, W, 3) float32 unit directions in which the pixels' centres look, in the camera's upright frame."""
        height, width = self.pixels.shape[:2]
        column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        directions = np.stack([column, row, np.ones_like(row)], axis=-1) @ np.linalg.inv(self.matrix).T
        directions *= (1.0, -1.0, -1.0)
        return (directions / np.linalg.norm(directions, axis=2, keepdims=True)).astype(np.float32)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Columns and rows (left, top, right, bottom) of the photo between which the head lies; `InputError` when it
        is not in the picture."""
        height, width = self.pixels.shape[:2]
        low, high = self.screen[:, :2].min(axis=0), self.screen[:, :2].max(axis=0)
        left, top = np.clip(np.floor(low).astype(int) - 1, 0, (width, height))
        right, bottom = np.clip(np.ceil(high).astype(int) + 1, 0, (width, height))
        if right - left < 2 or bottom - top < 2:
            raise InputError(
                f"{self.name}: the head does not lie in this picture of {width} x {height}; look at the camera, and "
                "that the picture belongs to it."
            )
        return int(left), int(top), int(right), int(bottom)

    def around_head(self, most: int) -> PosedPhoto:
        """The part of the photo around the head, its longer side reduced to `most` pixels if it is larger."""
        height, width = self.pixels.shape[:2]
        left, top, right, bottom = self.box
        left, top = max(left - _MARGIN, 0), max(top - _MARGIN, 0)
        right, bottom = min(right + _MARGIN, width), min(bottom + _MARGIN, height)
        scale = min(1.0, most / max(right - left, bottom - top))
        size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
        across, down = size[0] / (right - left), size[1] / (bottom - top)
        crop = np.array([[across, 0.0, -across * left], [0.0, down, -down * top], [0.0, 0.0, 1.0]])

        def cut(picture):
            picture = np.ascontiguousarray(picture[top:bottom, left:right], np.float32)
            return picture if scale == 1.0 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)

        told = ("weights", "known", "hair")
        weights = {name: cut(own) for name in told if (own := getattr(self, name)) is not None}
        return replace(self, pixels=cut(self.pixels), matrix=crop @ self.matrix, **weights)

    @cached_property
    def millimetres(self) -> float:
        """How wide a pixel of the photo is at the head, mm."""
        return float(np.median(self.screen[:, 2]) / np.sqrt(abs(self.matrix[0, 0] * self.matrix[1, 1])))
