"""Turned, scaled and mirrored cuts from a picture, and the way back from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

# Bilinear sampling of a picture reduced by more than this shows stripes that are not there.
_LARGEST_REDUCTION = 1.5


@dataclass(frozen=True)
class Crop:
    """A square cut.

    centre : (2,) column and row of its middle in the picture. side : its side in the picture's pixels. angle : degrees
    by which the picture is turned counter-clockwise to show it. size : pixels along the cut's side. mirrored : left and
    right exchanged after that.
    """

    centre: tuple[float, float]
    side: float
    angle: float = 0.0
    size: int = 256
    mirrored: bool = False

    @property
    def scale(self) -> float:
        """Pixels of the cut per pixel of the picture."""
        return self.size / self.side

    @property
    def matrix(self) -> np.ndarray:
        """(2, 3) from columns and rows of the picture to those of the cut; pixel centres are at halves in both."""
        turn = math.radians(self.angle)
        # Rows grow downwards: counter-clockwise to the eye.
        linear = self.scale * np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        if self.mirrored:
            linear[0] *= -1.0
        middle = np.full(2, self.size / 2)
        return np.column_stack([linear, middle - linear @ np.asarray(self.centre)])

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """(N, D) points of the cut, D 2 or 3 (with a depth in pixels), in the picture."""
        matrix, result = self.matrix, np.array(points, np.float64)
        # A turn and a scale, perhaps mirrored: the inverse is the transpose over the scale squared.
        result[:, :2] = (result[:, :2] - matrix[:, 2]) @ (matrix[:, :2] / self.scale**2)
        result[:, 2:] /= self.scale
        return result


def network_cut(picture: np.ndarray, crop: Crop, repeat: bool) -> np.ndarray:
    """(size, size, 3) uint8 as the networks were trained to see (H, W, 3) uint8: not smoothed however much it is reduced.

    repeat : what lies outside the picture repeats its border, or else is black."""
    border = cv2.BORDER_REPLICATE if repeat else cv2.BORDER_CONSTANT
    # MediaPipe takes the corners of pixels for their centres, in the picture and in the cut.
    matrix = np.vstack([crop.matrix, (0.0, 0.0, 1.0)])
    return cv2.warpPerspective(picture, matrix, (crop.size, crop.size), flags=cv2.INTER_LINEAR, borderMode=border)


class Cropper:
    """Cuts from an (H, W, 3) uint8 picture; what lies outside it repeats its border."""

    def __init__(self, picture: np.ndarray):
        self._levels = [np.ascontiguousarray(picture)]

    def cut(self, crop: Crop) -> np.ndarray:
        """(size, size, 3) uint8."""
        level, reduction = self._level(1.0 / crop.scale)
        matrix = crop.matrix
        # The reduced picture's pixels are larger; OpenCV counts from the first pixel's centre.
        matrix[:, :2] *= reduction
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        return cv2.warpAffine(level, matrix, (crop.size, crop.size), None, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)

    def _level(self, wanted: float) -> tuple[np.ndarray, np.ndarray]:
        """A halved copy of the picture fine enough for a reduction, and its (2,) reductions across and down."""
        number = 0
        while wanted > _LARGEST_REDUCTION and min(self._levels[number].shape[:2]) >= 4:
            number, wanted = number + 1, wanted / 2.0
            if number == len(self._levels):
                height, width = self._levels[-1].shape[:2]
                smaller = cv2.resize(self._levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
                self._levels.append(smaller)
        level = self._levels[number]
        whole = self._levels[0]
        return level, np.array([whole.shape[1] / level.shape[1], whole.shape[0] / level.shape[0]])
