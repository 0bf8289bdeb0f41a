"""Pixels between the lips."""

from __future__ import annotations

import numpy as np

from headbridge.fitting.photo.between_lips import between_lips
from headbridge.fitting.photo.job import IBUG, PhotoLandmarks


def test_the_ring_of_the_inner_lips_is_filled_and_nothing_where_a_point_lacks():
    turns = np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False)
    ring = np.array([40.0, 30.0]) + np.column_stack([12.0 * np.cos(turns), 6.0 * np.sin(turns)])
    inside = between_lips(PhotoLandmarks(ring, np.arange(60, 68), IBUG), (60, 80))
    # The area of the octagon, with half of the pixels along its edge or all of them.
    area, edge = 4.0 * np.sin(np.pi / 4.0) * 12.0 * 6.0, np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1).sum()
    assert area - 1.0 < inside.sum() < area + edge
    row, column = np.nonzero(inside > 0.5)
    assert abs(column.mean() + 0.5 - 40.0) < 0.3 and abs(row.mean() + 0.5 - 30.0) < 0.3
    assert not between_lips(PhotoLandmarks(ring[:7], np.arange(60, 67), IBUG), (60, 80)).any()
