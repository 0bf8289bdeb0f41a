"""A pinhole camera that looks at a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Far enough for a portrait without a big nose, in half heights of the picture.
_DISTANCE = 4.0


@dataclass(frozen=True)
class Camera:
    """A square perspective view.

    axes : (3, 3), rows are the unit directions to the right, up, and back to the camera, in the scene's frame.
    target : (3,), the point in the picture's middle. half_height : half of what the picture shows at the target, in the
    scene's units. size : pixels along a side.
    """

    axes: np.ndarray
    target: np.ndarray
    half_height: float
    size: int

    @property
    def position(self) -> np.ndarray:
        """(3,) where the camera is."""
        return self.target + _DISTANCE * self.half_height * self.axes[2]

    def directions(self, pixels: np.ndarray) -> np.ndarray:
        """(N, 3) directions of the rays through (N, 2) columns and rows; the first pixel's centre is at 0.5."""
        right, down = (np.asarray(pixels, np.float64).T * (2.0 / self.size)) - 1.0
        across = np.stack([right, -down, np.full(len(right), -_DISTANCE)], axis=1)
        return self.half_height * across @ self.axes

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) column, row and 1 / depth (in half heights, negative behind the camera) of (N, 3) points."""
        right, up, back = ((np.asarray(points, np.float64) - self.position) @ self.axes.T).T
        nearness = -self.half_height / np.where(back == 0.0, 1e-300, back)
        column = (_DISTANCE * right * nearness / self.half_height + 1.0) * 0.5 * self.size
        row = (1.0 - _DISTANCE * up * nearness / self.half_height) * 0.5 * self.size
        return np.stack([column, row, nearness], axis=1)

    def pixel_centres(self) -> np.ndarray:
        """(size * size, 2) columns and rows of all pixels, row by row."""
        rows, columns = np.mgrid[: self.size, : self.size] + 0.5
        return np.stack([columns.ravel(), rows.ravel()], axis=1)


def looking(yaw: float, pitch: float) -> np.ndarray:
    """(3, 3) axes of a camera before a face along +Z with +Y up, moved by degrees to its left side and upwards."""
    turn, lift = np.radians(yaw), np.radians(pitch)
    back = np.array([np.sin(turn) * np.cos(lift), np.sin(lift), np.cos(turn) * np.cos(lift)])
    right = np.array([np.cos(turn), 0.0, -np.sin(turn)])
    return np.stack([right, np.cross(back, right), back])
