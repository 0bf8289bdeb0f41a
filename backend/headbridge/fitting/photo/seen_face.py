"""A photo as the stages of a fit see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .job import PhotoLandmarks
from .view import Screen


@dataclass(frozen=True, eq=False)
class SeenFace:
    """A photo and the landmarks of the face in it.

    name : for messages. pixels : (H, W, 3) float32 sRGB. screen : the picture's geometry. landmarks : of the face.
    focal : in pixels, where the user or the camera told it, else None. mask : (H, W) bool, the pixels to compare with,
    or None.
    """

    name: str
    pixels: np.ndarray
    screen: Screen
    landmarks: PhotoLandmarks
    focal: float | None = None
    mask: np.ndarray | None = None
