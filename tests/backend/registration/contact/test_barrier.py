"""The barrier's derivatives, against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.registration.contact.barrier import Barrier
from headbridge.spatial.proximity import Proximity

from ..shapes import joined, sheet


@pytest.fixture
def sheets():
    """Two bent sheets close above each other: positions, and their barrier."""
    lower, triangles = sheet(6, 6)
    upper = lower + [0.27, 0.31, 0.3]
    vertices, both = joined((lower, triangles), (upper, triangles))
    vertices[:, 2] += 0.05 * np.random.default_rng(3).standard_normal(len(vertices))
    sides = np.repeat([-1, 1], 36)
    return vertices, Barrier(Proximity(vertices, both, sides, 0.05), 0.05, 0.7)


def test_gradient(sheets):
    x, barrier = sheets
    state = barrier.at(x, 0.5)
    gradient = state.gradient(state.rows())
    assert len(state.distances) > 50
    rng, step = np.random.default_rng(0), 1e-6
    for _ in range(10):
        way = rng.standard_normal(x.shape)
        change = (barrier.at(x + step * way, 0.5).energy - barrier.at(x - step * way, 0.5).energy) / (2 * step)
        assert change == pytest.approx(gradient @ way.ravel(), rel=1e-4)


def test_matrix_is_the_second_derivative_along_the_distances():
    """A vertex over the middle of a triangle, moved up and down, where its distance has no curvature of its own."""
    x = np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0], [1, 1, 0.2], [1, 1, 3.0], [1.1, 1, 3.0]])
    triangles = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    barrier = Barrier(Proximity(x, triangles, np.array([-1, -1, -1, 1, 1, 1]), 0.1), 0.1, 0.7)
    state = barrier.at(x, 0.5)
    up, step = np.zeros_like(x), 1e-4
    up[3, 2] = 1.0
    energies = [barrier.at(x + k * step * up, 0.5).energy for k in (-1, 0, 1)]
    matrix = state.matrix(state.rows())
    assert up.ravel() @ matrix @ up.ravel() == pytest.approx(
        (energies[0] - 2 * energies[1] + energies[2]) / step**2, rel=1e-4
    )


def test_matrix_is_positive_semi_definite(sheets):
    x, barrier = sheets
    state = barrier.at(x, 0.5)
    assert np.linalg.eigvalsh(state.matrix(state.rows()).toarray()).min() > -1e-9


def test_it_grows_without_bound_and_ends_at_its_reach():
    x = np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0], [1, 1, 0.2], [1, 1, 3.0], [1.1, 1, 3.0]])
    triangles = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    barrier = Barrier(Proximity(x, triangles, np.array([-1, -1, -1, 1, 1, 1]), 0.1), 0.1, 1.0)

    def energy(height):
        y = x.copy()
        y[3, 2] = height
        return barrier.at(y, 0.5).energy

    assert energy(0.51) == 0.0 < energy(0.49) < energy(0.1) < energy(1e-6) < energy(1e-12)


def test_narrowing_is_looking_again(sheets):
    x, barrier = sheets
    narrowed, again = barrier.narrowed(barrier.at(x, 0.5), 0.25), barrier.at(x, 0.25)
    assert narrowed.energy == pytest.approx(again.energy, rel=1e-12)
    assert 0 < len(narrowed.distances) == len(again.distances)
