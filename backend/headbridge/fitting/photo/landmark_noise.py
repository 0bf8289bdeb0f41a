"""How far landmarks lie from the places of the skin that they mean."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...detection.calibration import calibrated_noise
from ...detection.ibug import ibug_weights
from ...detection.noise import DetectorNoise, PointNoise, detector_noise, view_angles
from ..posable import ROOT, PosableHead
from .job import CALIBRATED, DETECTED
from .landmark_places import LandmarkPlaces, outer_eye_distance
from .state import ViewState

# Without measurements, shares of the outer-eye distance: what neighbouring points are off together and apart, and how
# far neighbours reach.
_SHARED, _OWN, _REACH = 0.013, 0.008, 0.3
# What is placed by hand, a coordinate's standard deviation, likewise.
_PLACED = 0.003
# What else a coordinate of a detected point is off by itself, mm: the detector draws faces towards its mean one, by
# half and more in those directions in which its points hardly scatter, so that these tell less than they seem to.
_DRAWN = 3.5
# Points on features (lids, irises, lips, nose, brows) are found on photos much better than on rendered heads, on which
# noise and bias were measured: a coordinate's own error, mm, and the share of the correlated error that remains.
_FEATURE_OWN, _FEATURE_SHARE = 0.7, 0.4
# Brows are found at their hair, which grows elsewhere on every head: the first of iBUG's 51, mm.
_BROWS, _BROW_OWN = 10, 3.5
# Heads differ in depth from the model's, and detectors draw a face as their mean camera sees it: points move as they would
# with the camera elsewhere. Mean and standard deviation of that, differences of 1 / distance, mm^-1: measured on 14
# rendered MakeHuman heads at 400 to 2000 mm, on which landmarks alone tell next to nothing of the distance.
_CLOSER, _CLOSER_SIGMA = 0.9e-3, 0.8e-3
# The detector's size of a face, mm.
_FACE_SIZE = 105.0


@dataclass(frozen=True, eq=False)
class LandmarkNoise:
    """Gaussian noise of N points in a picture, pixels^2; the independent part has heavy tails.

    correlated : (2N, 2N), what points are off together. independent : (N,), variance of a coordinate of the point's
    own. Coordinates alternate x, y.
    """

    correlated: np.ndarray
    independent: np.ndarray

    def covariance(self, weights: np.ndarray) -> np.ndarray:
        """(2N, 2N) when the points' own precision is `weights` (N,) times as large."""
        covariance = self.correlated.copy()
        own = np.repeat(self.independent / np.maximum(weights, 1e-6), 2)
        covariance[np.diag_indices_from(covariance)] += own
        return covariance


def landmark_noise(
    head: PosableHead,
    places: LandmarkPlaces,
    order: str,
    numbers: np.ndarray,
    exact: np.ndarray | None,
    view: ViewState,
) -> tuple[np.ndarray, LandmarkNoise]:
    """The mean error (N, 2) in pixels of landmarks and their noise about it, for a head about where `view` has it.

    numbers : (N,) of the order's points, all of them with a place. exact : (N,) bool, those placed by hand, or None."""
    per_mm = view.focal / max(-view.head.translation[2], 1.0)
    if order == CALIBRATED:
        # How faces are drawn by mean heads and cameras is in the calibration already.
        noise = _seen_from(calibrated_noise(), head, numbers, per_mm, view)
        return noise.bias, LandmarkNoise(noise.correlated, noise.independent)
    if order == DETECTED:
        noise = _measured(head, numbers, per_mm, view)
    else:
        noise = _supposed(head, places, numbers, per_mm)
    closer = _closer(head, places, numbers, per_mm, view)
    noise = replace(
        noise,
        bias=noise.bias + _CLOSER * closer if order == DETECTED else noise.bias,
        correlated=noise.correlated + _CLOSER_SIGMA**2 * np.outer(closer.ravel(), closer.ravel()),
    )
    if exact is None or not exact.any():
        return noise.bias, LandmarkNoise(noise.correlated, noise.independent)
    # Who places a point by hand means the place itself.
    kept = np.repeat(~exact, 2).astype(np.float64)
    own = np.where(exact, placed_sigma(head, view) ** 2, noise.independent)
    return noise.bias * ~exact[:, None], LandmarkNoise(noise.correlated * np.outer(kept, kept), own)


def placed_sigma(head: PosableHead, view: ViewState) -> float:
    """The standard deviation of a coordinate, pixels, of points that are placed by hand on a head as far as in `view`."""
    return _PLACED * outer_eye_distance(head.key) * view.focal / max(-view.head.translation[2], 1.0)


def _closer(
    head: PosableHead, places: LandmarkPlaces, numbers: np.ndarray, per_mm: float, view: ViewState
) -> np.ndarray:
    """(N, 2) pixels by which points move for every mm^-1 of 1 / distance that the camera comes closer, the face's size in
    the picture kept: x / (1 - z / distance) changes by x z."""
    rest = places.landmarks.subset(numbers).evaluate(head.template) @ view.head.rotations[ROOT].T
    rest -= rest.mean(axis=0)
    return per_mm * rest[:, :2] * (1.0, -1.0) * rest[:, 2:]


def _seen_from(
    measured: DetectorNoise, head: PosableHead, numbers: np.ndarray, per_mm: float, view: ViewState
) -> PointNoise:
    root = view.head.rotations[ROOT]
    middle = view.head.translation + head.joints[ROOT]
    yaw, pitch = view_angles(-middle @ root)
    # Degrees counter-clockwise by which the picture is turned for the face to be upright.
    angle = np.degrees(np.arctan2(root[0, 1], root[1, 1]))
    return measured.of(numbers, _FACE_SIZE * per_mm, float(angle), float(yaw), float(pitch))


def _measured(head: PosableHead, numbers: np.ndarray, per_mm: float, view: ViewState) -> PointNoise:
    noise = _seen_from(detector_noise(), head, numbers, per_mm, view)
    feature, brow = (rows.any(axis=0)[numbers] for rows in (ibug_weights(), ibug_weights()[:_BROWS]))
    share = np.repeat(np.where(feature, _FEATURE_SHARE, 1.0), 2)
    return replace(
        noise,
        bias=np.where(feature[:, None], 0.0, noise.bias),
        correlated=noise.correlated * np.outer(share, share),
        independent=noise.independent + (np.select([brow, feature], [_BROW_OWN, _FEATURE_OWN], _DRAWN) * per_mm) ** 2,
    )


def _supposed(head: PosableHead, places: LandmarkPlaces, numbers: np.ndarray, per_mm: float) -> PointNoise:
    """Noise shared by neighbours: a smooth Gaussian process on the head at rest."""
    size = outer_eye_distance(head.key)
    rest = places.landmarks.subset(numbers).evaluate(head.template)
    apart = np.linalg.norm(rest[:, None] - rest[None], axis=2) / (_REACH * size)
    spread = per_mm * size * places.spread[numbers]
    shared = _SHARED**2 * np.exp(-0.5 * apart**2) * np.outer(spread, spread)
    return PointNoise(np.zeros((len(numbers), 2)), np.kron(shared, np.eye(2)), (_OWN * spread) ** 2)
