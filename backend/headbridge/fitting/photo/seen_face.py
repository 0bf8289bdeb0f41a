"""A photo as the stages of a fit see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...detection.parsing.parse import FaceParse
from ..dense_images import DenseImage
from .job import PhotoLandmarks
from .view import Screen


@dataclass(frozen=True, eq=False)
class SeenFace:
    """A photo and the landmarks of the face in it.

    name : for messages. pixels : (H, W, 3) float32 sRGB. screen : the picture's geometry. landmarks : of the face.
    focal : in pixels, where the user or the camera told it, else None. weights : (H, W) float32 0..1, how far each
    pixel is to be compared with, by the user's mask and the photo's alpha; None where all are. masked : whether the user,
    or a parser of the user's, told which pixels show the face. parse : what the pixels show, where the landmarks are the
    detector's own, which the parser needs; else None. pins : points moved by hand, which the head is to follow. dense : the
    user's dense image of the photo, or None. doubt : why the detector's points are to be looked at, part of a sentence, or
    None.
    """

    name: str
    pixels: np.ndarray
    screen: Screen
    landmarks: PhotoLandmarks
    focal: float | None = None
    weights: np.ndarray | None = None
    masked: bool = False
    parse: FaceParse | None = None
    pins: PhotoLandmarks | None = None
    dense: DenseImage | None = None
    doubt: str | None = None
