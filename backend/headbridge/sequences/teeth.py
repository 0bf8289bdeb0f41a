"""The teeth that VHAP adds to FLAME's head: 120 vertices and their faces, after FLAME's own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ..models.flame.data import FlameData

TEETH = 120
NECK, JAW = 1, 2

# The 15 vertices of the outer rings of the upper and the lower lip, from the subject's left to the right.
_UPPER = (1713, 1715, 1716, 1735, 1696, 1694, 1657, 3543, 2774, 2811, 2813, 2850, 2833, 2832, 2830)
_LOWER = (1576, 1577, 1773, 1774, 1795, 1802, 1865, 3503, 2948, 2905, 2898, 2881, 2880, 2713, 2712)
_RING = 15
# Rows of 15 in the order of the vertices; the rows of the upper teeth go with the neck, the others with the jaw.
(
    _UPPER_ROOT,
    _LOWER_ROOT,
    _UPPER_EDGE,
    _LOWER_EDGE,
    _UPPER_ROOT_BACK,
    _UPPER_EDGE_BACK,
    _LOWER_ROOT_BACK,
    _LOWER_EDGE_BACK,
) = range(8)
_UPPER_ROWS = (_UPPER_ROOT, _UPPER_EDGE, _UPPER_ROOT_BACK, _UPPER_EDGE_BACK)


def with_teeth(data: FlameData) -> FlameData:
    """The head with teeth: the rows lie between the lips of the mean head, move with the identity as the lips do (the
    mean of both), and not with the expression; upper teeth turn with the neck, lower ones with the jaw."""
    rows = _rows(data.template)
    upper, lower = list(_UPPER), list(_LOWER)
    lips = 0.5 * (data.identity[:, upper] + data.identity[:, lower])
    identity = np.concatenate([data.identity, np.tile(lips, (1, 8, 1))], axis=1)

    def grown(array: np.ndarray, axis: int) -> np.ndarray:
        sides = [(0, TEETH if each == axis else 0) for each in range(array.ndim)]
        return np.pad(array, sides)

    weights = grown(data.weights, 0)
    for row in range(8):
        joint = NECK if row in _UPPER_ROWS else JAW
        start = len(data.template) + row * _RING
        weights[start : start + _RING, joint] = 1.0
    return replace(
        data,
        template=np.concatenate([data.template, rows.reshape(-1, 3)]),
        faces=np.concatenate([data.faces, (teeth_faces() + len(data.template)).astype(data.faces.dtype)]),
        identity=identity,
        expression=grown(data.expression, 1),
        pose_correctives=grown(data.pose_correctives, 1),
        joint_regressor=grown(data.joint_regressor, 1),
        weights=weights,
    )


def _rows(template: np.ndarray) -> np.ndarray:
    """(8, 15, 3) the rows, in the template's unit. The lips' mean distance d is the measure of everything: the teeth
    stand 1.5 d behind the lips, are 2 d high and d thick, leave 0.2 d between them, the lower ones 0.4 d farther back."""
    upper, lower = template[list(_UPPER)], template[list(_LOWER)]
    gap = np.linalg.norm(upper - lower, axis=1).mean()
    middle = 0.5 * (upper + lower)
    middle[:, 1] = middle[:, 1].mean()
    middle[:, 2] -= 1.5 * gap
    up, back = np.array([0.0, gap, 0.0]), np.array([0.0, 0.0, gap])
    rows = np.empty((8, _RING, 3), template.dtype)
    rows[_UPPER_EDGE] = middle + 0.1 * up
    rows[_UPPER_ROOT] = rows[_UPPER_EDGE] + 2.0 * up
    rows[_LOWER_EDGE] = middle - 0.1 * up - 0.4 * back
    rows[_LOWER_ROOT] = rows[_LOWER_EDGE] - 2.0 * up
    for front, behind in (
        (_UPPER_ROOT, _UPPER_ROOT_BACK),
        (_UPPER_EDGE, _UPPER_EDGE_BACK),
        (_LOWER_ROOT, _LOWER_ROOT_BACK),
        (_LOWER_EDGE, _LOWER_EDGE_BACK),
    ):
        rows[behind] = rows[front] - back
    return rows


@cache
def teeth_faces() -> np.ndarray:
    """(168, 3) triangles, numbered from the teeth's own first vertex: front, back and edge of the upper, then of the lower
    teeth."""
    bands = (
        (_UPPER_ROOT, _UPPER_EDGE, False),
        (_UPPER_ROOT_BACK, _UPPER_EDGE_BACK, True),
        (_UPPER_EDGE, _UPPER_EDGE_BACK, False),
        (_LOWER_ROOT, _LOWER_EDGE, True),
        (_LOWER_ROOT_BACK, _LOWER_EDGE_BACK, False),
        (_LOWER_EDGE, _LOWER_EDGE_BACK, True),
    )
    return np.array([triangle for first, second, turned in bands for triangle in _band(first, second, turned)])


def _band(first: int, second: int, turned: bool) -> list[tuple[int, ...]]:
    """The triangles of the 14 quads between two rows. The diagonals of the halves mirror each other; turned : looking to
    the other side."""
    a, b = first * _RING, second * _RING
    triangles = []
    for place in range(_RING - 1):
        i, j = a + place, b + place
        quad = [(i, j + 1, j), (i, i + 1, j + 1)] if place < _RING // 2 else [(i, i + 1, j), (i + 1, j + 1, j)]
        triangles += [triangle[::-1] for triangle in quad] if turned else quad
    return triangles
