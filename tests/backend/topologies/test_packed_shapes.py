"""Shapes come back from storage within half a step."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.topologies.packed_shapes import pack_shapes, unpack_shapes


def test_shapes_come_back_within_half_a_step():
    shapes = np.random.default_rng(0).normal(size=(5, 40, 3)) * 30.0
    found = unpack_shapes(pack_shapes(shapes, 0.01), 0.01, 40)
    assert found.shape == shapes.shape and found.dtype == np.float32
    assert np.abs(found - shapes).max() <= 0.005 + 1e-5


def test_neighbours_may_differ_by_more_than_a_number_holds():
    shapes = np.zeros((1, 3, 3))
    shapes[0, 1], shapes[0, 2] = -300.0, 300.0
    np.testing.assert_allclose(unpack_shapes(pack_shapes(shapes, 0.01), 0.01, 3), shapes, atol=1e-4)


def test_what_is_too_large_is_refused():
    with pytest.raises(ValueError, match="too large to be stored in steps of 0.01"):
        pack_shapes(np.full((1, 1, 3), 400.0), 0.01)
