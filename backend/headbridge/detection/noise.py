"""How far the detector's points lie from where the surface points are, as measured on pictures of random heads.

Points off the skin's features slide on it together: whoever takes them for independent believes the shape of the
detector's mean face. Here their errors have a mean that follows the view, and a covariance of few shared directions and
each point's own part (factor analysis). The detector's depth has a place in neither: on heads it had not seen, fits
with its guess were worse than without.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..topologies.builtin import asset_path

YAW_NODES = np.array([-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0])
"""Degrees; what depends on the yaw is interpolated between these."""

_PITCH_LIMIT = 30.0


@dataclass(frozen=True, eq=False)
class PointNoise:
    """Errors of N points, detected less true, in a picture; coordinates alternate x, y.

    bias : (N, 2) pixels, the mean. correlated : (2N, 2N) pixels^2, what points share. independent : (N,) pixels^2, the
    variance of a coordinate's own part.
    """

    bias: np.ndarray
    correlated: np.ndarray
    independent: np.ndarray

    def covariance(self) -> np.ndarray:
        """(2N, 2N) pixels^2."""
        return self.correlated + np.diag(np.repeat(self.independent, 2))


@dataclass(frozen=True, eq=False)
class DetectorNoise:
    """Errors in sizes of the face (`faces.face_size`), in a picture turned so that the face is upright
    (`faces.face_angle`).

    numbers : (P,) the points that have a place on the surface, and the irises' middles.
    bias : (F, P, 2) by `view_features`. spread : (Y, P, 2) standard deviations at YAW_NODES.
    factors : (P, 2, Q) and own : (P, 2), the correlation of errors divided by their spread: factors factors^T + own.
    """

    numbers: np.ndarray
    bias: np.ndarray
    spread: np.ndarray
    factors: np.ndarray
    own: np.ndarray

    def of(self, numbers: np.ndarray, size: float, angle: float, yaw: float, pitch: float) -> PointNoise:
        """The noise of some of the detector's points, averaged as `faces.find_faces` does.

        numbers : (N,) among `self.numbers`. size, angle : `face_size` in pixels and `face_angle` in degrees of what was
        detected. yaw, pitch : degrees by which the camera stands to the head's left of its face, and above it
        (`view_angles`). Raises `ValueError` for points without a place."""
        if not np.isin(numbers, self.numbers).all():
            raise ValueError("the noise of points without a place is not known")
        rows = np.searchsorted(self.numbers, numbers)
        upright = np.einsum("f,fpd->pd", view_features(yaw, pitch)[0], self.bias[:, rows])
        spread = size * np.sqrt(np.einsum("y,ypd->pd", yaw_weights(yaw)[0], self.spread[:, rows] ** 2))
        turn = np.radians(angle)
        # From the upright picture back to the one that was given.
        back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shared = np.einsum("ij,pjq->piq", back, spread[..., None] * self.factors[rows])
        shared = shared.reshape(2 * len(rows), -1)
        return PointNoise(size * upright @ back.T, shared @ shared.T, (self.own[rows] * spread**2).mean(axis=1))


@cache
def detector_noise() -> DetectorNoise:
    """The measured noise. The arrays are shared and read-only."""
    with np.load(asset_path("detector_noise.npz"), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in ("numbers", "bias", "spread", "factors", "own")}
    arrays = {name: array.astype(np.int64 if name == "numbers" else np.float64) for name, array in arrays.items()}
    for array in arrays.values():
        array.setflags(write=False)
    return DetectorNoise(**arrays)


def view_angles(towards_camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Yaw and pitch in degrees of (..., 3) directions from the head to the camera, in the head's own frame."""
    x, y, z = np.moveaxis(np.asarray(towards_camera, np.float64), -1, 0)
    return np.degrees(np.arctan2(x, z)), np.degrees(np.arctan2(y, np.hypot(x, z)))


def yaw_weights(yaw: np.ndarray | float) -> np.ndarray:
    """(N, Y) weights of YAW_NODES for N yaw angles; beyond the last node that one counts."""
    yaw = np.atleast_1d(np.clip(yaw, YAW_NODES[0], YAW_NODES[-1]))
    return np.maximum(1.0 - np.abs(yaw[:, None] - YAW_NODES) / (YAW_NODES[1] - YAW_NODES[0]), 0.0)


def view_features(yaw: np.ndarray | float, pitch: np.ndarray | float) -> np.ndarray:
    """(N, F) what the bias is linear in: the weights of YAW_NODES, then the pitch, alone and with the yaw."""
    yaw, pitch = np.atleast_1d(yaw), np.atleast_1d(pitch)
    turn = np.clip(yaw, YAW_NODES[0], YAW_NODES[-1]) / YAW_NODES[-1]
    lift = np.clip(pitch, -_PITCH_LIMIT, _PITCH_LIMIT) / _PITCH_LIMIT
    return np.column_stack([yaw_weights(yaw), lift, lift * np.abs(turn), lift * turn, lift**2])
