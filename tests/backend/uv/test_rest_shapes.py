"""Rest shapes: mapped triangles keep their mapped shape, the others their shape in space at the scale around them."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.uv.rest_shapes import flattened, rest_shapes

from .planar_meshes import edges_of, grid


def test_flattened_triangles_keep_lengths_and_angles():
    triangles = np.random.default_rng(0).normal(size=(50, 3, 3))
    flat = flattened(triangles)
    space = np.stack([triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]], axis=2)
    np.testing.assert_allclose(np.swapaxes(flat, 1, 2) @ flat, np.swapaxes(space, 1, 2) @ space, atol=1e-12)
    assert (np.linalg.det(flat) > 0.0).all()


def test_a_collapsed_triangle_is_laid_flat_as_a_point():
    np.testing.assert_allclose(flattened(np.ones((1, 3, 3))), np.zeros((1, 2, 2)), atol=1e-11)


@pytest.fixture
def patch():
    """A plane grid, 6 by 4 squares of 10 mm, mapped at a scale of 1 / 400 and turned by 90 degrees."""
    points, triangles = grid(7, 5, (0.0, 0.0), (60.0, 40.0))
    positions = np.concatenate([points, np.zeros((len(points), 1))], axis=1)
    uvs = 0.5 + points @ np.array([[0.0, 1.0], [-1.0, 0.0]]) / 400.0
    return uvs, triangles, positions


def test_mapped_triangles_keep_their_mapped_shape(patch):
    uvs, triangles, positions = patch
    uvs = uvs * [1.7, 0.6]
    everything, nothing = np.ones(len(triangles), bool), np.zeros(len(triangles), bool)
    np.testing.assert_array_equal(rest_shapes(uvs, triangles, positions, everything, nothing), edges_of(uvs, triangles))


@pytest.mark.parametrize("unit", [1.0, 0.001])
def test_free_triangles_have_their_shape_in_space_at_the_scale_around_them(patch, unit):
    uvs, triangles, positions = patch
    right = positions[triangles, 0].min(axis=1) >= 30.0
    mangled = np.where(positions[:, :1] > 35.0, uvs * 3.0 - 0.4, uvs)
    rest = rest_shapes(mangled, triangles, unit * positions, ~right, np.zeros(len(right), bool))
    np.testing.assert_array_equal(rest[~right], edges_of(uvs, triangles)[~right])
    # Congruent to the triangles in space over 400, whichever way they lie.
    wanted = edges_of(positions[:, :2] / 400.0, triangles)[right]
    np.testing.assert_allclose(
        np.swapaxes(rest[right], 1, 2) @ rest[right], np.swapaxes(wanted, 1, 2) @ wanted, rtol=1e-9, atol=1e-12
    )


def test_the_scale_is_that_of_the_neighbours_not_of_the_whole(patch):
    uvs, triangles, positions = patch
    # The right half is mapped twice as large.
    larger = np.where(positions[:, :1] > 25.0, 2.0, 1.0) * (uvs - uvs[positions[:, 0] == 30.0].mean(axis=0))
    free = np.zeros(len(triangles), bool)
    for x in (15.0, 45.0):
        centres = positions[triangles].mean(axis=1)
        free[np.argmin(np.linalg.norm(centres - [x, 20.0, 0.0], axis=1))] = True
    rest = rest_shapes(larger, triangles, positions, ~free, np.zeros(len(free), bool))
    areas = 0.5 * np.linalg.det(rest[free])
    assert np.sort(areas) == pytest.approx(50.0 / 400.0**2 * np.array([1.0, 4.0]), rel=0.2)


def test_flipped_and_squeezed_triangles_are_not_believed(patch):
    uvs, triangles, positions = patch
    squeezed = uvs.copy()
    corner = triangles[4]
    # The third corner almost on the line between the other two; then beyond it.
    middle = 0.5 * (squeezed[corner[0]] + squeezed[corner[1]])
    for share in (0.02, -0.5):
        squeezed[corner[2]] = middle + share * (uvs[corner[2]] - middle)
        rest = rest_shapes(
            squeezed, triangles, positions, np.ones(len(triangles), bool), np.zeros(len(triangles), bool)
        )
        assert np.linalg.det(rest[4]) > 0.0
        stretch = np.linalg.svd(rest[4] @ np.linalg.inv(flattened(positions[triangles[4:5]])[0]), compute_uv=False)
        assert stretch[0] / stretch[1] == pytest.approx(1.0)


def test_inner_parts_keep_the_shape_they_were_embedded_in(patch):
    uvs, triangles, positions = patch
    inner = positions[triangles, 0].min(axis=1) >= 30.0
    embedded = uvs + np.where(positions[:, :1] > 35.0, 0.01, 0.0)
    rest = rest_shapes(embedded, triangles, positions, ~inner, inner)
    np.testing.assert_array_equal(rest[inner], edges_of(embedded, triangles)[inner])
    flipped = rest_shapes(embedded[:, ::-1], triangles, positions, ~inner, inner)
    assert (np.linalg.det(flipped) > 0.0).all()


def test_a_layout_that_is_turned_over_as_a_whole_keeps_its_scale(patch):
    uvs, triangles, positions = patch
    everything, nothing = np.ones(len(triangles), bool), np.zeros(len(triangles), bool)
    rest = rest_shapes(uvs * [-1.0, 1.0], triangles, positions, everything, nothing)
    np.testing.assert_allclose(np.linalg.det(rest), (10.0 / 400.0) ** 2)
