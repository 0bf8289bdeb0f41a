"""A photo as the stages of a fit see it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...detection.ears.finding import FoundEars
from ...detection.ibug import ibug_weights
from ...detection.parsing.parse import FaceParse
from ..dense_images import DenseImage
from ..landmark_orders import CONTOUR
from .job import DETECTED, PhotoLandmarks
from .view import Screen


@dataclass(frozen=True, eq=False)
class SeenFace:
    """A photo and the landmarks of the face in it.

    name : for messages. pixels : (H, W, 3) float32 sRGB. screen : the picture's geometry. landmarks : of the face.
    focal : in pixels, where the user or the camera told it, else None. weights : (H, W) float32 0..1, how far each
    pixel is to be compared with, by the user's mask and the photo's alpha; None where all are. masked : whether the user,
    or a parser of the user's, told which pixels show the face. parse : what the pixels show, where the landmarks are the
    detector's own, which the parser needs; else None. unused : (N,) bool, those of the landmarks that the fit is not to
    follow; None where there are no such. pins : points moved by hand, which the head is to follow. dense : the
    user's dense image of the photo, or None. ears : where the ears are seen, and distance : the logarithm of the mm to the
    face's landmarks by both, with its standard deviation, where they tell it; with `parse`. doubt : why the detector's
    points are to be looked at, part of a sentence, or None. among : how many faces were found in the photo.
    """

    name: str
    pixels: np.ndarray
    screen: Screen
    landmarks: PhotoLandmarks
    focal: float | None = None
    weights: np.ndarray | None = None
    masked: bool = False
    parse: FaceParse | None = None
    unused: np.ndarray | None = None
    pins: PhotoLandmarks | None = None
    dense: DenseImage | None = None
    ears: FoundEars | None = None
    distance: tuple[float, float] | None = None
    doubt: str | None = None
    among: int = 1

    @property
    def followed(self) -> PhotoLandmarks:
        """The landmarks that the fit follows."""
        return self.landmarks if self.unused is None else self.landmarks.subset(~self.unused)

    def without(self, numbers: np.ndarray, order: str) -> SeenFace:
        """The face with some more landmarks not followed, by their numbers in an order of landmarks.

        Of the detector's points those are left out that an iBUG landmark within the face is made of."""
        marks = self.landmarks
        if marks.order == order:
            unused = np.isin(marks.numbers, numbers)
        elif marks.order == DETECTED:
            inner = numbers[numbers >= CONTOUR] - CONTOUR
            unused = ibug_weights()[inner].any(axis=0)[marks.numbers]
        else:
            return self
        return replace(self, unused=unused if self.unused is None else self.unused | unused)
