"""Smooth displacement fields in space through scattered points: biharmonic splines with an affine part."""

from __future__ import annotations

import numpy as np

# Lets the field miss its points a little where two of them nearly coincide, in the kernel's unit (mm).
_SMOOTHING = 1e-3
# Brings the affine part to the kernel's size.
_UNIT = 100.0


def biharmonic_rows(centres: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, C) matrix from values at (C, 3) centres to values at (N, 3) points, mm.

    The interpolant is sum_c w_c |x - x_c| + affine(x), the biharmonic Green's function in space (Carr et al. 2001);
    affine maps are carried exactly."""
    count = len(centres)
    system = np.zeros((count + 4, count + 4))
    system[:count, :count] = _distances(centres, centres) - _SMOOTHING * np.eye(count)
    system[:count, count:] = _affine(centres)
    system[count:, :count] = system[:count, count:].T
    right = np.concatenate([_distances(points, centres), _affine(points)], axis=1)
    return np.linalg.solve(system, right.T).T[:, :count]


def _distances(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    squared = (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2.0 * points @ others.T
    return np.sqrt(np.maximum(squared, 0.0))


def _affine(points: np.ndarray) -> np.ndarray:
    return np.concatenate([np.ones((len(points), 1)), points / _UNIT], axis=1)
