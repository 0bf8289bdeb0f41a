"""The detector's points less what it is off by in a known way.

The detector draws faces towards its mean one: of a nod it shows three quarters, of an open jaw half. What it is off by can
be told from where it sees the points: a quadratic function of their principal components, measured on pictures of random
heads of three families (`scripts/build_detector_calibration.py`). What remains is the noise that was measured along with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..topologies.builtin import asset_path
from .faces import face_angle, face_size
from .noise import DetectorNoise

_SKIN = slice(0, 468)


@dataclass(frozen=True, eq=False)
class UprightPoints:
    """Points of a face about its middle, upright, in sizes of the face (`faces.face_size`).

    points : (478, 3). middle : (2,) pixels. size : pixels. turn : (2, 2) from the picture to upright."""

    points: np.ndarray
    middle: np.ndarray
    size: float
    turn: np.ndarray

    def from_picture(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) points of the picture likewise."""
        return (points - self.middle) @ self.turn.T / self.size

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) such points in pixels."""
        return self.size * points @ self.turn + self.middle


def upright_points(points: np.ndarray) -> UprightPoints:
    """Of (478, 3) points in pixels as the detector has them."""
    angle, size, middle = np.radians(face_angle(points)), face_size(points), points[_SKIN].mean(axis=0)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    upright = (points - middle) / size
    upright[:, :2] = upright[:, :2] @ turn.T
    return UprightPoints(upright, middle[:2], size, turn)


@dataclass(frozen=True, eq=False)
class Calibration:
    """numbers : (P,) the points that have a place on the surface, and the irises' middles. mean : (1434,) upright points.
    directions : (D, 1434), whose products with what points differ from the mean have a variance of 1. weights : (1 + D +
    S (S + 1) / 2, P, 2), what is added to the points by 1, these products and the first S by each other."""

    numbers: np.ndarray
    mean: np.ndarray
    directions: np.ndarray
    weights: np.ndarray

    def features(self, upright: np.ndarray) -> np.ndarray:
        """(M, F) of (M, 478, 3) upright points."""
        along = (upright.reshape(len(upright), -1) - self.mean) @ self.directions.T
        products = len(self.weights) - 1 - len(self.directions)
        row, column = np.triu_indices(round(np.sqrt(2.0 * products + 0.25) - 0.5))
        return np.column_stack([np.ones(len(along)), along, along[:, row] * along[:, column]])

    def corrected(self, upright: np.ndarray) -> np.ndarray:
        """(478, 2) of (478, 3) upright points; those without a place stay where they are."""
        result = upright[:, :2].copy()
        result[self.numbers] += np.tensordot(self.features(upright[None])[0], self.weights, axes=1)
        return result

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        return {"mean": self.mean, "directions": self.directions, "weights": self.weights}


def calibrated(points: np.ndarray) -> np.ndarray:
    """(478, 2) pixels where the points of a face lie on its skin, of (478, 3) as the detector has them, a mean of looks as
    `faces.find_faces` and `following.FaceFollower` take it."""
    face = upright_points(points)
    return face.to_picture(_stored()[0].corrected(face.points))


def calibrated_noise() -> DetectorNoise:
    """What `calibrated` points are still off by on heads that were not measured; its bias is 0."""
    return _stored()[1]


@cache
def _stored() -> tuple[Calibration, DetectorNoise]:
    """Shared and read-only."""
    with np.load(asset_path("detector_calibration.npz"), allow_pickle=False) as stored:
        arrays = {name: stored[name].astype(np.int64 if name == "numbers" else np.float64) for name in stored.files}
    for array in arrays.values():
        array.setflags(write=False)
    noise = {name.removeprefix("noise_"): arrays.pop(name) for name in list(arrays) if name.startswith("noise_")}
    return Calibration(**arrays), DetectorNoise(numbers=arrays["numbers"], **noise)
