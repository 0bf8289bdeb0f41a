"""The aligned crop the parser looks at, and what it is told of the landmarks there."""

from __future__ import annotations

import cv2
import numpy as np

from ..crops import Crop
from ..faces import face_angle
from ..landmark_hull import landmark_hull

SIDE = 128
"""Pixels of the crop that the shipped network was last trained with."""

COLOURS, AREAS = 6, 5
INPUTS = COLOURS + AREAS
"""Channels of `network_input`: colour, colour against the cheeks', and five areas by the landmarks."""

# Sides of the crop in the longer side of the landmarks' box, and how far its middle lies above theirs: hair matters more
# than the throat.
_ROOM, _UP = 1.55, 0.06
_SKIN_POINTS = 468
# The detector's points (MediaPipe's canonical numbers) along outlines: of the face, brows, lids, lips outside and inside.
_OVAL = (
    (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377)
    + (152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
)  # fmt: skip
_BROWS = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276))
_EYES = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
_MOUTH = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
_AREAS = ((_OVAL,), _BROWS, _EYES, (_LIPS,), (_MOUTH,))
# Where skin shows on most photos: both cheeks and the nose's bridge.
_CHEEKS = (
    (50, 101, 118, 117, 123, 187, 205, 36),
    (280, 330, 347, 346, 352, 411, 425, 266),
    (6, 197, 195, 5, 4, 45, 220, 134, 51, 3, 196, 122),
)
_FEWEST_PIXELS, _USUAL_SKIN = 6, (0.5, 0.4, 0.35)
# Dark colours' logarithms are mostly noise.
_DARK = 0.04
_FIXED_POINT = 4


def aligned_crop(points: np.ndarray, size: int = SIDE, room: float = 1.0) -> Crop:
    """The crop in which a face is upright and of one size. points : (478, D >= 2) of the detector, pixels. room : as
    many times the usual side."""
    angle = face_angle(points)
    turn = np.deg2rad(angle)
    linear = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    upright = points[:_SKIN_POINTS, :2] @ linear.T
    low, high = upright.min(axis=0), upright.max(axis=0)
    middle = 0.5 * (low + high) - (0.0, _UP * (high - low)[1])
    centre = linear.T @ middle
    return Crop((float(centre[0]), float(centre[1])), room * _ROOM * float((high - low).max()), angle, size)


def network_input(rgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(`INPUTS`, size, size) float32 of a crop (size, size, 3) sRGB 0..1 and the points (478, 2) in it."""
    areas = 2.0 * landmark_areas(points, rgb.shape[0]) - 1.0
    return np.concatenate([colour_input(rgb, points), areas]).astype(np.float32)


def colour_input(rgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(`COLOURS`, size, size) float32, the colours alone, as they are and against the cheeks'."""
    colours = 4.0 * (rgb - 0.5)
    against_skin = 2.0 * (np.log(rgb + _DARK) - np.log(_skin_colour(rgb, points) + _DARK))
    return np.concatenate([colours.transpose(2, 0, 1), against_skin.transpose(2, 0, 1)]).astype(np.float32)


def landmark_areas(points: np.ndarray, size: int) -> np.ndarray:
    """(`AREAS`, size, size) float32, 1 inside of the face's oval, brows, lids, lips, and the mouth, by (478, 2) points."""
    areas = np.zeros((AREAS, size, size), np.uint8)
    fixed = np.round((points[:, :2] - 0.5) * 2**_FIXED_POINT).astype(np.int32)
    for area, outlines in zip(areas, _AREAS):
        for outline in outlines:
            cv2.fillPoly(area, [fixed[list(outline)]], 1, cv2.LINE_8, _FIXED_POINT)
    return areas.astype(np.float32)


def _skin_colour(rgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(3,) the median colour of cheeks and nose."""
    there = np.any([landmark_hull(points[list(outline), :2], rgb.shape[:2]) for outline in _CHEEKS], axis=0)
    return np.median(rgb[there], axis=0) if there.sum() >= _FEWEST_PIXELS else np.array(_USUAL_SKIN)
