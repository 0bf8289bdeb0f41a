"""The linearised data term: against its own energy, and against the squared distance it stands for."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from headbridge.mesh.interpolation import barycentric_rows
from headbridge.registration.surface_term import SurfaceTerm, selection
from headbridge.registration.target_surface import TargetSurface
from headbridge.spatial.residuals import distance_gradients

from .shapes import sphere


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_selection_picks_vertices(rng):
    values = rng.normal(size=(9, 3))
    np.testing.assert_array_equal(selection(np.array([4, 0, 8]), 9) @ values, values[[4, 0, 8]])


def test_barycentric_rows_evaluate_points_in_triangles(rng):
    values, corners = rng.normal(size=(9, 3)), np.array([[0, 1, 2], [8, 3, 5]])
    weights = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    expected = [0.2 * values[0] + 0.3 * values[1] + 0.5 * values[2], values[8]]
    np.testing.assert_allclose(barycentric_rows(corners, weights, 9) @ values, expected, atol=1e-15)


def test_pull_and_matrix_are_the_derivatives_of_the_weighted_plane_distances(rng):
    rows = barycentric_rows(rng.integers(0, 12, (20, 3)), rng.dirichlet(np.ones(3), 20), 12)
    offsets, weights = rng.normal(size=(20, 3)), rng.random(20)
    directions = rng.normal(size=(20, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    term = SurfaceTerm(rows, offsets, directions, weights)

    def energy(step):
        return 0.5 * float(weights @ ((directions * (rows @ step - offsets)).sum(axis=1) ** 2))

    step, change, h = rng.normal(size=(12, 3)), rng.normal(size=(12, 3)), 1e-4
    slope = (energy(step + h * change) - energy(step - h * change)) / (2 * h)
    assert np.vdot(term.apply(step) - term.pull, change) == pytest.approx(slope, rel=1e-8)


def test_the_diagonal_is_a_third_of_the_trace_for_single_vertices(rng):
    weights, directions = rng.random(5), np.eye(3)[[0, 1, 2, 0, 1]]
    vertices = np.array([3, 1, 3, 0, 2])
    term = SurfaceTerm(selection(vertices, 4), np.zeros((5, 3)), directions, weights)
    dense = np.stack([term.apply(unit.reshape(4, 3)).ravel() for unit in np.eye(12)])
    traces = np.diag(dense).reshape(4, 3).sum(axis=1)
    np.testing.assert_allclose(term.diagonal(), traces / 3.0)


def test_the_diagonal_bounds_points_within_triangles_averaged_over_directions(rng):
    rows = barycentric_rows(rng.integers(0, 6, (30, 3)), rng.dirichlet(np.ones(3), 30), 6)
    weights = rng.random(30)
    term = SurfaceTerm(rows, np.zeros((30, 3)), np.eye(3)[rng.integers(0, 3, 30)], weights)
    # Averaged over directions a a' is a third of the identity, which leaves a matrix per coordinate.
    mean = (rows.T @ sp.diags(weights / 3.0) @ rows).toarray()
    assert np.linalg.eigvalsh(np.diag(term.diagonal()) - mean).min() > -1e-12


def test_the_pull_is_the_slope_of_the_squared_distance_to_a_surface(rng):
    vertices, triangles = sphere(3, 50.0)
    target = TargetSurface(vertices, triangles, np.ones(len(vertices), bool))
    points = rng.normal(size=(40, 3))
    points *= (rng.uniform(46, 54, 40) / np.linalg.norm(points, axis=1))[:, None]
    weights = rng.random(40)

    def energy(x):
        return 0.5 * float(weights @ target.closest(x)[0].distances ** 2)

    hits, normals, _ = target.closest(points)
    offsets = hits.points - points
    directions = distance_gradients(offsets, hits.distances, normals)
    term = SurfaceTerm(selection(np.arange(40), 40), offsets, directions, weights)
    for change in rng.normal(size=(5, 40, 3)):
        h = 1e-3
        slope = (energy(points + h * change) - energy(points - h * change)) / (2 * h)
        assert np.vdot(-term.pull, change) == pytest.approx(slope, rel=1e-3, abs=1e-3)
