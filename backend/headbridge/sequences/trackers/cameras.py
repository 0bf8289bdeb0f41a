"""Cameras of trackers as OpenCV's: x right, y down, z forward, x -> R x + t."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..sequence import ORTHOGRAPHIC, PERSPECTIVE
from .reader import fixed_or_frames

FLIP = np.diag([1.0, -1.0, -1.0])
"""From OpenGL's camera (y up, looking along -z) to OpenCV's."""


class Camera(NamedTuple):
    """K (3, 3), R (3, 3), t (3,), and width and height in pixels (2,)."""

    intrinsics: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    size: np.ndarray


def perspective(cameras: list[Camera]) -> dict[str, Any]:
    """The fields of a `Sequence` for a perspective camera a frame; what stays the same is there once."""
    matrices, rotations, translations, sizes = (fixed_or_frames(list(part)) for part in zip(*cameras))
    return {
        "camera_model": PERSPECTIVE,
        "camera_K": matrices,
        "camera_R": rotations,
        "camera_t": translations,
        "camera_size": np.rint(sizes).astype(np.int64),
        "pixel_centre": 0.5,
    }


def opencv_of_camera_to_world(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R (3, 3) and t (3,) of a (4, 4) camera-to-world matrix in OpenGL's convention."""
    rotation = FLIP @ matrix[:3, :3].T
    return rotation, -rotation @ matrix[:3, 3]


def intrinsics(fx: float, fy: float, cx: float, cy: float) -> np.ndarray:
    """(3, 3) K."""
    return np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])


def scaled_orthographic(cam: np.ndarray, size: int) -> dict[str, Any]:
    """The fields of DECA's kind of camera: (T, 3) scale and shift, x -> s (x + tx), y -> -s (y + ty) in -1..1 over a
    square image of `size` pixels, whose edges are -1 and 1."""
    count, half = len(cam), 0.5 * size
    matrices = np.zeros((count, 3, 3))
    matrices[:, 0, 0] = matrices[:, 1, 1] = half * cam[:, 0]
    matrices[:, :2, 2], matrices[:, 2, 2] = half, 1.0
    shift = np.stack([cam[:, 1], -cam[:, 2], np.zeros(count)], axis=1)
    return {
        "camera_model": ORTHOGRAPHIC,
        "camera_K": matrices,
        "camera_R": FLIP[None],
        "camera_t": shift,
        "camera_size": np.array([[size, size]]),
        "pixel_centre": 0.5,
    }
