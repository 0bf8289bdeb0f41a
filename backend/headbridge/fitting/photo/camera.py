"""Where the camera was: a pose in closed form from landmarks of the mean head, and what is likely of lenses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..posable import Posed
from .state import ViewState
from .view import Screen

FULL_FRAME_DIAGONAL = float(np.hypot(36.0, 24.0))
"""Millimetres. A 35 mm equivalent is by the diagonal (CIPA DCG-001), whatever the picture's proportions."""

# How far people are from who photographs them, mm, and the standard deviation of its logarithm: from selfies to stages.
# Distance, not focal length, is what a crop leaves as it was.
_DISTANCE, _DISTANCE_SIGMA = 1100.0, 0.4
# A focal length that is told is believed this far (its logarithm): lenses breathe, pictures are cropped a little.
_TOLD_SIGMA = 0.02
# What face and ears together tell of the distance has been weighed with all that is known of detected points and people; a
# fit's landmarks, which know nothing of it and are sure of it, are to move it no more. The estimate itself is less sure.
_SEEN_SIGMA = 0.05
_ROUNDS, _POSIT_STEPS = 4, 12
# Points farther off than so many times the median count less.
_APART = 3.0
_CANDIDATES = 13


@dataclass(frozen=True, eq=False)
class CameraPrior:
    """A term on a view's camera: a told focal length, or else a likely distance from the head.

    log_focal : logarithm of pixels, or None where nothing is told. log_distance : logarithm of mm to the head's origin where
    face and ears tell it, or None: then it is what is usual.
    """

    log_focal: float | None = None
    log_distance: float | None = None

    def cost(self, view: ViewState, posed: Posed) -> float:
        residual, _ = self._residual(view)
        return residual**2

    def normal_equations(self, view: ViewState, posed: Posed) -> tuple[np.ndarray, np.ndarray, float]:
        residual, slope = self._residual(view)
        size = view.head.coefficients.size + view.head.rotations.size // 3 + 4
        row = np.zeros(size)
        row[-2:] = slope
        return np.outer(row, row), -residual * row, residual**2

    def _residual(self, view: ViewState) -> tuple[float, tuple[float, float]]:
        """Standard deviations off, and the slope by depth and by log focal."""
        if self.log_focal is not None:
            return (view.log_focal - self.log_focal) / _TOLD_SIGMA, (0.0, 1.0 / _TOLD_SIGMA)
        depth, likely, sigma = max(-view.head.translation[2], 1.0), float(np.log(_DISTANCE)), _DISTANCE_SIGMA
        if self.log_distance is not None:
            likely, sigma = self.log_distance, _SEEN_SIGMA
        return float(np.log(depth) - likely) / sigma, (-1.0 / depth / sigma, 0.0)


@dataclass(frozen=True, eq=False)
class Placement:
    """Where points stand before a camera: rotation (3, 3) and translation (3,), mm, into the upright camera frame;
    focal length in pixels; misfit, the robust mean distance in pixels."""

    rotation: np.ndarray
    translation: np.ndarray
    focal: float
    misfit: float

    def apply(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) points in the camera's frame."""
        return points @ self.rotation.T + self.translation


def focal_pixels(equivalent_mm: float, diagonal: float) -> float:
    """The focal length in pixels of a 35 mm equivalent, for a picture of `diagonal` pixels that was not cropped."""
    return equivalent_mm / FULL_FRAME_DIAGONAL * diagonal


def place(
    points: np.ndarray,
    places: np.ndarray,
    screen: Screen,
    focal: float | None = None,
    weights: np.ndarray | None = None,
) -> Placement:
    """The pose of (N, 3) points seen at (N, 2) pixels: POSIT (DeMenthon and Davis 1995) on all points by least
    squares, with outliers counting less; any turn of the head.

    focal : pixels; None tries several distances of the head and weighs them by how likely they are."""
    weights = np.ones(len(points)) if weights is None else weights
    if focal is not None:
        return _posit(points, places - screen.centre, focal, weights)
    # A long lens first, whose picture is a scaled orthographic one: it tells the head's size in the picture.
    far = _posit(points, places - screen.centre, 100.0 * screen.diagonal, weights)
    per_mm = far.focal / -far.translation[2]
    spread = np.linspace(-2.0, 2.0, _CANDIDATES)
    found = [
        _posit(points, places - screen.centre, per_mm * _DISTANCE * np.exp(_DISTANCE_SIGMA * k), weights)
        for k in spread
    ]
    # The mean head's misfit is that of a person's shape, which all points share: it counts as a handful.
    misfits = np.array([one.misfit for one in found])
    scale = max(float(misfits.min()), 1e-9)
    return found[int(np.argmin(10.0 * (misfits / scale) ** 2 + spread**2))]


def _posit(points: np.ndarray, offsets: np.ndarray, focal: float, weights: np.ndarray) -> Placement:
    """offsets : (N, 2) pixels from the principal point, rows downwards."""
    upright = offsets * (1.0, -1.0)
    robust = weights.copy()
    placement = None
    for _ in range(_ROUNDS):
        placement = _posit_steps(points, upright, focal, robust)
        camera = placement.apply(points)
        apart = np.linalg.norm(focal * camera[:, :2] / -camera[:, 2:] - upright, axis=1)
        # The weighted median is not moved by what counts little.
        scale = max(float(np.median(apart[weights > 0.0])), 1e-9)
        robust = weights / (1.0 + (apart / (_APART * scale)) ** 2)
        placement = Placement(placement.rotation, placement.translation, focal, float(robust @ apart / robust.sum()))
    return placement


def _posit_steps(points: np.ndarray, upright: np.ndarray, focal: float, weights: np.ndarray) -> Placement:
    middle = weights @ points / weights.sum()
    arms = points - middle
    root = np.sqrt(weights)[:, None]
    solve = np.linalg.pinv(root * np.column_stack([arms, np.ones(len(arms))]))
    depth_share = np.zeros(len(points))
    for _ in range(_POSIT_STEPS):
        rows = solve @ (root * (upright * (1.0 + depth_share)[:, None]))
        # The nearest scaled rotation of the two rows.
        left, sizes, right = np.linalg.svd(rows[:3].T, full_matrices=False)
        across = left @ right
        scale = float(sizes.mean())
        rotation = np.vstack([across, np.cross(across[0], across[1])])
        distance = focal / max(scale, 1e-12)
        depth_share = -(arms @ rotation[2]) / distance
        # Points at or behind the camera belong to no start.
        depth_share = np.clip(depth_share, -0.9, 10.0)
    translation = np.append(rows[3] / max(scale, 1e-12), -distance) - rotation @ middle
    return Placement(rotation, translation, focal, 0.0)
