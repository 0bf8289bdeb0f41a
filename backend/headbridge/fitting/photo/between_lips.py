"""The pixels of a photo that lie between the lips, by its landmarks."""

from __future__ import annotations

import cv2
import numpy as np

from .job import DETECTED, PhotoLandmarks

# The inner edge of the lips around the mouth: among the detector's points, and among the 68.
_DETECTED = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
_IBUG = tuple(range(60, 68))
# Fractions of pixels for OpenCV's drawing.
_BITS = 4


def between_lips(landmarks: PhotoLandmarks, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) float32, 1 between the lips, 0 elsewhere, and everywhere where a point of the inner lips is missing."""
    picture = np.zeros(shape, np.uint8)
    wanted = np.array(_DETECTED if landmarks.order == DETECTED else _IBUG)
    place = np.full(max(int(landmarks.numbers.max(initial=0)), int(wanted.max())) + 1, -1)
    place[landmarks.numbers] = np.arange(len(landmarks.numbers))
    if (place[wanted] >= 0).all():
        # OpenCV counts from the first pixel's centre.
        ring = np.rint((landmarks.points[place[wanted]] - 0.5) * 2**_BITS).astype(np.int32)
        cv2.fillPoly(picture, [ring], 255, cv2.LINE_AA, _BITS)
    return picture.astype(np.float32) / 255.0
