"""The forms in which rotations are stored: axis-angle, matrices, and the 6D form (Zhou et al. 2019)."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import InputError

_SHORTEST, _LONGEST = 1e-8, 1e8


def matrix_of_six(six: np.ndarray) -> np.ndarray:
    """(B, 3, 3) rotations of (B, 6): their first two rows, made orthonormal. The third completes them.

    Raises `InputError` where the rows are zero or parallel."""
    rows = np.asarray(six, dtype=np.float64).reshape(-1, 2, 3)
    first, second = rows[:, 0], rows[:, 1]
    length = np.linalg.norm(first, axis=1, keepdims=True)
    if not ((length >= _SHORTEST) & (length < _LONGEST)).all():
        raise InputError("A 6D rotation has a first row of zeros or of huge numbers; it is no rotation.")
    first = first / length
    second = second - first * (first * second).sum(axis=1, keepdims=True)
    length = np.linalg.norm(second, axis=1, keepdims=True)
    if not ((length >= _SHORTEST) & (length < _LONGEST)).all():
        raise InputError("A 6D rotation has parallel rows or huge numbers; it is no rotation.")
    second = second / length
    return np.stack([first, second, np.cross(first, second)], axis=1)


def six_of_matrix(matrices: np.ndarray) -> np.ndarray:
    """(B, 6), the first two rows of (B, 3, 3) rotations."""
    return np.asarray(matrices, dtype=np.float64)[:, :2].reshape(-1, 6)


def axis_angle_of_matrix(matrices: np.ndarray) -> np.ndarray:
    """(B, 3) axis-angle vectors in radians of (B, 3, 3) rotations, angles up to pi."""
    return Rotation.from_matrix(matrices).as_rotvec()


def matrix_of_axis_angle(vectors: np.ndarray) -> np.ndarray:
    """(B, 3, 3) rotations of (B, 3) axis-angle vectors in radians."""
    return Rotation.from_rotvec(vectors).as_matrix()


def axis_angle_of_six(six: np.ndarray) -> np.ndarray:
    """(B, 3) axis-angle vectors of (B, 6)."""
    return axis_angle_of_matrix(matrix_of_six(six))


def six_of_axis_angle(vectors: np.ndarray) -> np.ndarray:
    """(B, 6) of (B, 3) axis-angle vectors."""
    return six_of_matrix(matrix_of_axis_angle(vectors))
