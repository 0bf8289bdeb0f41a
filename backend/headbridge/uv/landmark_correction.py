"""A small smooth shift of the layout that brings the target's landmarks to where the source's layout has them."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

# The shift is a Gaussian process over the target's surface: how far one landmark's residual speaks for its surroundings
# (mm), and how much of a residual is each landmark's own error, as a share of the residuals' variance.
_REACH = 12.0
_NOISE = 0.02


def landmark_shift(places: np.ndarray, landmark_places: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """(N, 2) shift at (N, 3) places from (L, 2) residuals (wanted less found UV) at (L, 3) landmark places, mm.

    Regression with a Matern-3/2 covariance (Rasmussen and Williams 2006, eq. 4.17 and 2.25): it dies out away from the
    landmarks."""
    if not len(landmark_places):
        return np.zeros((len(places), 2))
    covariance = _matern(landmark_places, landmark_places)
    factor = cho_factor(covariance + _NOISE * np.eye(len(landmark_places)))
    return _matern(places, landmark_places) @ cho_solve(factor, residuals)


def _matern(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    scaled = np.sqrt(3.0) * np.linalg.norm(one[:, None] - other[None], axis=2) / _REACH
    return (1.0 + scaled) * np.exp(-scaled)
