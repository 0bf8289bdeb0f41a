"""Distances to a surface where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.metrics import distance_summary, open_boundary_hits, per_vertex_distance, summary
from headbridge.spatial import Surface


def plate(n: int = 10, height: float = 0.0):
    """A square plate of 0..n with n x n quads, two triangles each."""
    x, y = np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0), indexing="ij")
    vertices = np.stack([x, y, np.full_like(x, height)], axis=-1).reshape(-1, 3)
    i = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).reshape(-1)
    return vertices, np.concatenate([np.stack([i, i + n + 1, i + n + 2], 1), np.stack([i, i + n + 2, i + 1], 1)])


def test_summary_of_known_values():
    assert summary(np.arange(101.0)) == {"count": 101, "mean": 50.0, "median": 50.0, "p95": 95.0, "max": 100.0}
    assert summary(np.zeros(0)) == {"count": 0, "mean": None, "median": None, "p95": None, "max": None}


def test_points_over_a_plate_are_as_far_as_they_are_high():
    vertices, triangles = plate()
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(0.5, 9.5, (400, 2)), rng.uniform(-3, 3, (400, 1))], axis=1)
    measured = per_vertex_distance(points, Surface(vertices, triangles))
    np.testing.assert_allclose(measured.distances, np.abs(points[:, 2]), rtol=1e-5, atol=1e-5)
    assert not measured.on_boundary.any()


def test_points_beyond_the_rim_hit_the_boundary_and_are_left_out_but_counted():
    vertices, triangles = plate()
    inside = np.array([[5.2, 5.1, 2.0], [2.3, 7.4, -4.0], [5.0, 5.0, 1.0]])
    beyond = np.array([[12.0, 5.5, 1.0], [-3.0, 2.2, 0.0], [5.5, 10.1, 1.0], [-1.0, -1.0, 7.0]])
    points = np.concatenate([inside, beyond])
    measured = per_vertex_distance(points, Surface(vertices, triangles))
    assert measured.on_boundary.tolist() == [False] * 3 + [True] * 4
    numbers = distance_summary(measured, np.ones(7, bool))
    assert numbers == pytest.approx(
        {"count": 3, "mean": 7 / 3, "median": 2.0, "p95": 3.8, "max": 4.0, "boundary_hits": 4}, rel=1e-5
    )
    chosen = distance_summary(measured, np.array([True, False, False, True, False, False, False]))
    assert (chosen["count"], chosen["boundary_hits"], chosen["mean"]) == (1, 1, pytest.approx(2.0, rel=1e-5))


def test_the_rim_of_a_hole_is_a_boundary_and_a_closed_surface_has_none():
    vertices, triangles = plate()
    kept = np.abs(vertices[triangles].mean(axis=1)[:, :2] - 5.0).max(axis=1) > 1.0
    over_hole = np.array([[5.1, 5.0, 0.5], [5.1, 2.0, 0.5]])
    measured = per_vertex_distance(over_hole, Surface(vertices, triangles[kept]))
    assert measured.on_boundary.tolist() == [True, False]

    tetrahedron = np.array([[1.0, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]])
    faces = np.array([[0, 1, 3], [0, 2, 1], [0, 3, 2], [1, 2, 3]])
    surface = Surface(tetrahedron, faces)
    assert not per_vertex_distance(3 * np.random.default_rng(1).normal(size=(200, 3)), surface).on_boundary.any()


def test_misses_are_no_boundary_hits():
    vertices, triangles = plate()
    hits = Surface(vertices, triangles).closest(np.array([[-9.0, 5, 0], [-0.5, 5, 0]]), max_distance=1.0)
    assert open_boundary_hits(hits, triangles, len(vertices)).tolist() == [False, True]
