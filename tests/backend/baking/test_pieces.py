"""Pieces of triangles: they tile the triangle, and a point finds its own."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.baking import BakeSettings
from headbridge.baking.bake import bake
from headbridge.baking.pieces import cut_triangle
from headbridge.images import Image
from headbridge.mesh.uv_layout import signed_areas

TRIANGLE = np.array([[0.1, 0.2], [0.9, 0.1], [0.4, 0.95]])


@pytest.mark.parametrize("parts", range(1, 6))
def test_pieces_are_equal_and_turned_as_the_triangle(parts):
    weights, pieces = cut_triangle(parts)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    areas = signed_areas((weights @ TRIANGLE)[pieces])
    np.testing.assert_allclose(areas, signed_areas(TRIANGLE[None])[0] / parts**2)
    assert len(pieces) == parts**2 == len(np.unique(np.sort(pieces, axis=1), axis=0))


@pytest.mark.parametrize("parts", range(1, 6))
def test_every_texel_reads_the_source_of_its_own_piece(parts):
    weights, pieces = cut_triangle(parts)
    # Every piece lies on a texel row of its own of the source, whose value is its number.
    count = parts**2
    ramp = np.repeat(np.arange(count, dtype=np.float32), 4)[:, None]
    heights = 1.0 - (np.arange(count) + 0.5) / count
    source = np.broadcast_to(heights[None, :, None, None], (1, count, 3, 2))
    baked = bake(TRIANGLE[None], source, {(0, 0): Image(ramp, "linear", 32)}, BakeSettings(size=200, padding=0))[0, 0]
    rows, columns = np.nonzero(baked.mask)
    places = np.column_stack([(columns + 0.5) / 200, 1.0 - (rows + 0.5) / 200])
    found = np.rint(baked.image.pixels[rows, columns, 0]).astype(int)
    corners = (weights @ TRIANGLE)[pieces][found]
    for k in range(3):
        # To the left of all three edges of the piece it read, but for rounding at the edges.
        edge = np.stack([corners[:, k], corners[:, (k + 1) % 3], places], axis=1)
        assert signed_areas(edge).min() > -1e-6
    assert set(found) == set(range(count))


def test_pieces_along_a_line_give_the_same_as_the_whole():
    weights, pieces = cut_triangle(4)
    source = TRIANGLE[:, ::-1] * 0.5 + 0.2
    image = Image(np.random.default_rng(0).random((64, 64, 3)))
    settings = BakeSettings(size=128)
    whole = bake(TRIANGLE[None], source[None], {(0, 0): image}, settings)[0, 0]
    cut = bake(TRIANGLE[None], (weights @ source)[pieces][None], {(0, 0): image}, settings)[0, 0]
    np.testing.assert_allclose(cut.image.pixels, whole.image.pixels, atol=2e-4)
