"""Tutte's embedding inside what surrounds it."""

from __future__ import annotations

import numpy as np

from headbridge.mesh.uv_layout import signed_areas
from headbridge.uv.embedding import embed_inside

from .planar_meshes import disc, grid


def test_the_scrambled_inside_of_a_convex_curve_becomes_injective():
    points, triangles, rim = disc(8)
    scrambled = np.where(rim[:, None], points, np.random.default_rng(0).random(points.shape))
    assert (signed_areas(scrambled[triangles]) < 0.0).sum() > 50
    spread = embed_inside(scrambled, triangles, ~rim)
    np.testing.assert_array_equal(spread[rim], points[rim])
    assert signed_areas(spread[triangles]).min() > 0.0


def test_every_point_inside_lies_at_the_mean_of_its_neighbours():
    points, triangles = grid(6, 5)
    inside = np.zeros(len(points), bool)
    inside[[7, 8, 14, 21]] = True
    spread = embed_inside(points, triangles, inside)
    for point in np.flatnonzero(inside):
        neighbours = np.setdiff1d(triangles[(triangles == point).any(axis=1)], point)
        np.testing.assert_allclose(spread[point], spread[neighbours].mean(axis=0), atol=1e-12)


def test_a_part_that_nothing_holds_stays():
    points, triangles = grid(4, 4)
    both, faces = np.concatenate([points, points + 2.0]), np.concatenate([triangles, triangles + len(points)])
    inside = np.arange(len(both)) >= len(points)
    inside[5] = True
    spread = embed_inside(both, faces, inside)
    np.testing.assert_array_equal(spread[len(points) :], both[len(points) :])
