"""Smooth extension of values over a surface."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.models.smooth_extension import smooth_extension


@pytest.fixture(scope="module")
def plane():
    """A plane of 13 x 13 vertices and the hole in its middle (5 x 5) where nothing is known."""
    y, x = np.divmod(np.arange(169), 13)
    index = np.arange(169).reshape(13, 13)
    corners = [index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]]
    a, b, c, d = (corner.ravel() for corner in corners)
    triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]).astype(np.int32)
    known = ~((abs(x - 6) < 3) & (abs(y - 6) < 3))
    return np.stack([x, y, 0 * x], axis=1).astype(float), triangles, known


def test_known_values_stay_and_unknown_ones_have_no_effect(plane):
    vertices, triangles, known = plane
    extension = smooth_extension(vertices, triangles, known)
    values = np.random.default_rng(0).normal(size=len(vertices))
    np.testing.assert_array_equal((extension @ values)[known], values[known])
    np.testing.assert_array_equal(extension @ values, extension @ np.where(known, values, 9.0))


def test_a_slope_goes_on_across_the_hole(plane):
    vertices, triangles, known = plane
    slope = vertices @ [2.0, -1.0, 0.0] + 3.0
    extended = smooth_extension(vertices, triangles, known) @ np.where(known, slope, 0.0)
    np.testing.assert_allclose(extended, slope, atol=1e-4)


def test_tension_pulls_a_free_end_towards_its_root(plane):
    vertices, triangles, _ = plane
    known = vertices[:, 0] < 5.0
    slope = vertices[:, 0]
    loose = smooth_extension(vertices, triangles, known) @ slope
    tense = smooth_extension(vertices, triangles, known, tension=1.0) @ slope
    end = vertices[:, 0] == 12.0
    assert loose[end].mean() > 7.0
    assert 3.9 < tense[end].mean() < 5.0


def test_rows_sum_to_1_and_nothing_to_extend_is_the_identity(plane):
    vertices, triangles, known = plane
    for mask in (known, np.ones_like(known)):
        extension = smooth_extension(vertices, triangles, mask, tension=0.1)
        np.testing.assert_allclose(np.asarray(extension.sum(axis=1)).ravel(), 1.0, atol=1e-5)
    np.testing.assert_array_equal(extension.toarray(), np.eye(len(vertices)))
