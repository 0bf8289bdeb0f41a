"""Charts without a place of their own: beside the others, apart from each other, inside the tiles, one scale."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from headbridge.uv.packing import pack_charts

CELL = 1.0 / 512.0


def rectangle(width, height, corner=(0.0, 0.0)):
    """(2, 3, 2) triangles."""
    a, b, c, d = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]]) + corner
    return np.array([[a, b, c], [a, c, d]])


def boxes_of(charts, spots):
    placed = [factor * chart.reshape(-1, 2) + offset for chart, (factor, offset) in zip(charts, spots)]
    return [(points.min(axis=0), points.max(axis=0)) for points in placed]


def gap(one, other):
    """How far two boxes are apart along the axis that parts them most; negative where they overlap."""
    return np.maximum(one[0] - other[1], other[0] - one[1]).max()


LEFT = rectangle(0.5, 1.0)
CHARTS = [rectangle(30.0, 12.0, (7.0, -80.0)), rectangle(0.2, 0.2), rectangle(9.0, 9.0, (100.0, 0.0))]
LENGTHS = [1.0, 40.0, 2.0]


def test_charts_are_beside_the_others_and_each_other():
    spots = pack_charts(LEFT, [(0, 0)], CHARTS, LENGTHS, 0.005, "cpu")
    boxes = boxes_of(CHARTS, spots)
    for low, high in boxes:
        assert (low >= 2.0 * CELL).all() and (high <= 1.0 - 2.0 * CELL).all()
    own = (np.array([0.0, 0.0]), np.array([0.5, 1.0]))
    for one, other in itertools.combinations([own, *boxes], 2):
        assert gap(one, other) >= 2.0 * CELL - 1e-9


def test_where_there_is_room_the_scale_is_the_wanted_one():
    spots = pack_charts(LEFT, [(0, 0)], CHARTS, LENGTHS, 0.005, "cpu")
    assert [factor for factor, _ in spots] == pytest.approx([0.005, 0.2, 0.01])


def test_too_large_charts_are_all_made_smaller_alike():
    spots = pack_charts(LEFT, [(0, 0)], CHARTS, LENGTHS, 0.05, "cpu")
    factors = np.array([factor for factor, _ in spots]) / LENGTHS
    np.testing.assert_allclose(factors, factors[0])
    assert 0.005 < factors[0] < 0.05
    boxes = boxes_of(CHARTS, spots)
    for one, other in itertools.combinations(boxes, 2):
        assert gap(one, other) >= 2.0 * CELL - 1e-9
    assert min(low[0] for low, _ in boxes) >= 0.5 + 2.0 * CELL - 1e-9
    # One step larger does not fit.
    larger = [chart * (factor / 0.8) for chart, (factor, _) in zip(CHARTS, spots)]
    assert pack_charts(LEFT, [(0, 0)], larger, [1.0, 1.0, 1.0], 1.0, "cpu")[0][0] < 0.99


def test_other_tiles_are_used_as_they_are():
    full = rectangle(1.0, 1.0)
    spots = pack_charts(full, [(0, 0), (1, 2)], CHARTS, LENGTHS, 0.005, "cpu")
    for low, high in boxes_of(CHARTS, spots):
        assert (low >= [1.0, 2.0]).all() and (high <= [2.0, 3.0]).all()
    moved = pack_charts(LEFT + [3.0, 1.0], [(3, 1)], CHARTS, LENGTHS, 0.005, "cpu")
    plain = pack_charts(LEFT, [(0, 0)], CHARTS, LENGTHS, 0.005, "cpu")
    for (one, there), (other, here) in zip(moved, plain):
        assert one == other
        np.testing.assert_allclose(there - here, [3.0, 1.0])


def test_without_any_room_there_is_no_place():
    assert pack_charts(rectangle(1.0, 1.0), [(0, 0)], CHARTS, LENGTHS, 0.005, "cpu") is None
