"""The preference for symmetric motion: where it is silent, and that pull and matrix belong to one energy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from headbridge.registration.symmetry import SymmetryTerm

from .shapes import sphere


@pytest.fixture
def rng():
    return np.random.default_rng(21)


@pytest.fixture
def face():
    """A ball, wider than high: (V, 3) positions, its mirror map across x = 0, weights that are not symmetric."""
    vertices, _ = sphere(2, 50.0)
    vertices = vertices * [1.2, 1.0, 0.9]
    distance, mirror = cKDTree(vertices).query(vertices * [-1, 1, 1])
    assert distance.max() < 1e-9
    return vertices, mirror, np.random.default_rng(0).uniform(1.0, 3.0, len(vertices))


def placed(vertices):
    return vertices @ Rotation.from_rotvec([0.4, 1.1, -0.6]).as_matrix().T + [30.0, -400, 8]


def test_a_symmetric_shape_feels_nothing_wherever_it_is(face):
    vertices, mirror, weights = face
    term = SymmetryTerm(vertices, mirror, weights)
    moved = 1.1 * placed(vertices)
    term.at(moved)
    np.testing.assert_allclose(term.pull(moved), 0.0, atol=1e-8)


def test_what_was_asymmetric_at_the_start_may_stay_so(face, rng):
    vertices, mirror, weights = face
    rest = vertices + rng.normal(size=vertices.shape)
    term = SymmetryTerm(rest, mirror, weights)
    term.at(rest)
    np.testing.assert_allclose(term.pull(rest), 0.0, atol=1e-9)


def test_motion_that_is_the_same_on_both_sides_costs_nothing(face, rng):
    vertices, mirror, weights = face
    term = SymmetryTerm(vertices, mirror, weights)
    motion = rng.normal(size=vertices.shape)
    alike = motion + motion[mirror] * [-1, 1, 1]
    np.testing.assert_allclose(term.apply(alike), 0.0, atol=1e-9)
    opposed = motion - motion[mirror] * [-1, 1, 1]
    assert np.vdot(opposed, term.apply(opposed)) > 0.5 * np.vdot(opposed, opposed)


def test_the_matrix_is_the_derivative_of_the_pull_symmetric_and_never_negative(face, rng):
    vertices, mirror, weights = face
    term = SymmetryTerm(placed(vertices), mirror, weights)
    x = placed(vertices) + rng.normal(size=vertices.shape)
    term.at(x)
    u, v = rng.normal(size=(2, *vertices.shape))
    np.testing.assert_allclose(term.pull(x) - term.pull(x + u), term.apply(u), atol=1e-8)
    assert np.vdot(u, term.apply(v)) == pytest.approx(np.vdot(v, term.apply(u)))
    assert np.vdot(u, term.apply(u)) > 0.0


def test_following_the_pull_to_the_end_makes_the_shape_symmetric(face, rng):
    vertices, mirror, weights = face
    term = SymmetryTerm(vertices, mirror, weights)
    x = vertices + 0.5 * rng.normal(size=vertices.shape)
    before = np.linalg.norm(x - x[mirror] * [-1, 1, 1], axis=1).mean()
    for _ in range(60):
        term.at(x)
        x = x + 0.4 * term.pull(x) / term.diagonal()[:, None]
    term.at(x)
    assert before > 0.5
    np.testing.assert_allclose(term.pull(x), 0.0, atol=1e-6)
    # About a plane of its own, which noise has tilted a little.
    sides = (x - x[mirror])[np.abs(vertices[:, 0]) > 10.0]
    directions = np.abs(sides / np.linalg.norm(sides, axis=1, keepdims=True))
    np.testing.assert_allclose(directions, np.broadcast_to(directions[0], directions.shape), atol=1e-6)


def test_vertices_without_partner_are_free(face, rng):
    vertices, mirror, weights = face
    lone = vertices[:, 1] > 30.0
    term = SymmetryTerm(vertices, np.where(lone, -1, mirror), weights)
    x = vertices + rng.normal(size=vertices.shape)
    term.at(x)
    np.testing.assert_array_equal(term.pull(x)[lone], 0.0)
    np.testing.assert_array_equal(term.apply(x)[lone], 0.0)
    assert np.abs(term.pull(x)[~lone]).max() > 0.5
