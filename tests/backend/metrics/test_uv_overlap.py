"""Which texels and triangles are found to be covered twice."""

from __future__ import annotations

import numpy as np

from headbridge.metrics.uv_overlap import covered_texels, overlapping_triangles, uv_tiles

from .uv_shapes import grid


def triangles(offset=(0.0, 0.0), size=(1.0, 1.0)) -> np.ndarray:
    """(16, 3, 2) triangles that fill a rectangle."""
    mesh = grid(4, 2)
    return mesh.uvs[mesh.triangle_corners].astype(np.float64) * size + offset


def test_a_partition_covers_every_texel_once():
    assert covered_texels(triangles(), 64) == (64 * 64, 0)
    assert not overlapping_triangles(triangles(), 64).any()


def test_half_covered_twice():
    both = np.concatenate([triangles(size=(0.5, 1.0)), triangles(offset=(0.25, 0.0), size=(0.5, 1.0))])
    assert covered_texels(both, 64) == (48 * 64, 16 * 64)
    # The right half of the first rectangle and the left half of the second one lie on each other.
    first = both[:16].mean(axis=1)[:, 0] > 0.25
    second = both[16:].mean(axis=1)[:, 0] < 0.5
    np.testing.assert_array_equal(overlapping_triangles(both, 64), np.concatenate([first, second]))


def test_every_layer_of_a_pile_is_found():
    pile = np.concatenate([triangles(size=(0.5, 0.5))] * 5 + [triangles(offset=(0.5, 0.5), size=(0.5, 0.5))])
    np.testing.assert_array_equal(overlapping_triangles(pile, 64), np.arange(len(pile)) < 80)


def test_tiles_are_counted_one_by_one():
    apart = np.concatenate([triangles(), triangles(offset=(1.0, 0.0), size=(0.5, 1.0)), triangles(offset=(-1.0, 2.0))])
    assert uv_tiles(apart) == [(0, 0), (1, 0), (-1, 2)]
    assert covered_texels(apart, 32) == (32 * 32 * 5 // 2, 0)
    shifted = np.concatenate([triangles(), triangles(offset=(0.5, 0.0))])
    assert covered_texels(shifted, 32) == (32 * 32 * 3 // 2, 32 * 32 // 2)


def test_no_triangles_cover_nothing():
    assert covered_texels(np.zeros((0, 3, 2)), 32) == (0, 0)
    assert len(overlapping_triangles(np.zeros((0, 3, 2)), 32)) == 0
