"""Lists of landmarks that are not iBUG's 68 or 51, and which of the 68 their points give.

49 : iBUG's 51 without the inner corners of the lips. 70 : OpenPose's face, the 68 and both pupils. 106 : three orders of
the same places, two of which the 106-point challenge's data (Liu et al. 2019) and its detectors use and a third the face
SDKs of phones. Points that are none of the 68 (pupils, lower rims of the brows, sides of the nose) are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_Point = tuple[tuple[int, float], ...]

_TOTAL = 68
_INNER_LIP_CORNERS = (60, 64)


def _each(*numbers: int) -> list[_Point]:
    return [((number, 1.0),) for number in numbers]


def _lid(outer: int, quarter: int, middle: int, next_quarter: int, inner: int) -> list[_Point]:
    """The 68's two points of a lid at its thirds, where a list has a point at every quarter."""
    third = lambda near: ((near, 2 / 3), (middle, 1 / 3))  # noqa: E731
    return [((outer, 1.0),), third(quarter), third(next_quarter), ((inner, 1.0),)]


def _eye(ring: Sequence[int]) -> list[_Point]:
    """The 68's six points of an eye from a ring of eight: a corner, over the upper lid to the other, and back."""
    start, *upper, end, one, two, three = ring
    below = _lid(end, one, two, three, start)[1:3]
    return [*_lid(start, *upper, end), *below]


# Per landmark from 0 to 67. The challenge's own order: the contour from ear to ear, both brows all around, the bridge of
# the nose, its sides and nostrils, both eyes all around with a pupil after each, and the lips.
_CHALLENGE = [
    *_each(*range(0, 33, 2)),
    *_each(*range(33, 38), *range(42, 47)),
    *_each(*range(51, 55), *range(58, 63)),
    *_eye(range(66, 74)),
    *_eye(range(75, 83)),
    *_each(*range(84, 104)),
]
# InsightFace's 2d106det has the same places, part by part in an order of its own.
_INSIGHTFACE = [
    *_each(1, 10, 12, 14, 16, 3, 5, 7, 0, 23, 21, 19, 32, 30, 28, 26, 17),
    *_each(43, 48, 49, 51, 50, 102, 103, 104, 105, 101),
    *_each(72, 73, 74, 86, 78, 79, 80, 85, 84),
    *_eye((35, 41, 40, 42, 39, 37, 33, 36)),
    *_eye((89, 95, 94, 96, 93, 91, 87, 90)),
    *_each(52, 64, 63, 71, 67, 68, 61, 58, 59, 53, 56, 55, 65, 66, 62, 70, 69, 57, 60, 54),
]
# The SDKs': six points an eye as the 68 have them, the middles of the lids and what else was added behind.
_SDK = [
    *_each(*range(0, 33, 2)),
    *_each(*range(33, 43)),
    *_each(*range(43, 52)),
    *_each(*range(52, 64)),
    *_each(*range(84, 104)),
]


def orders_in_common(count: int) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Label, which (K,) of the 68 landmarks there are, and their (K, count) weights, of every order that a list of so
    many points may have, the likeliest first."""
    return [(label, *_table(points, count)) for label, points in _ORDERS[count]]


def _table(points: dict[int, _Point], count: int) -> tuple[np.ndarray, np.ndarray]:
    weights = np.zeros((len(points), count))
    for row, point in zip(weights, points.values()):
        for number, weight in point:
            row[number] = weight
    return np.array([*points]), weights


_INNER_49 = [number for number in range(17, _TOTAL) if number not in _INNER_LIP_CORNERS]
_ORDERS: dict[int, list[tuple[str, dict[int, _Point]]]] = {
    49: [("49 points, iBUG order without contour and inner lip corners", dict(zip(_INNER_49, _each(*range(49)))))],
    70: [("70 points, OpenPose's face", dict(enumerate(_each(*range(_TOTAL)))))],
    106: [
        ("106 points, InsightFace's order", dict(enumerate(_INSIGHTFACE))),
        ("106 points, the challenge's order", dict(enumerate(_CHALLENGE))),
        ("106 points, the order of phones' SDKs", dict(enumerate(_SDK))),
    ],
}

COUNTS_IN_COMMON = tuple(_ORDERS)
"""Of the lists."""
