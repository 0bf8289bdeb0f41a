"""Near pairs between sheets, and how far motions may go, against known distances."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.device import available_devices
from headbridge.spatial.proximity import Proximity


@pytest.fixture(params=available_devices())
def device(request):
    return request.param


def two_triangles(a, b, device):
    x = np.concatenate([a, b]).astype(float)
    return x, Proximity(x, np.array([[0, 1, 2], [3, 4, 5]], np.int32), np.array([1, 1, 1, -1, -1, -1]), 0.0, device)


FLAT = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0]])


@pytest.mark.parametrize(
    "point, distance",
    [((1, 1, 0.5), 0.5), ((-3, 0, 4), 5.0), ((2, -3, 4), 5.0), ((4, 4, 0), 8**0.5), ((9, 0, 0), 5.0), ((0, 7, 4), 5.0)],
)
def test_vertex_to_triangle(device, point, distance):
    """Over the inside, the edges and the corners of a triangle."""
    far = np.array([point, np.add(point, [30, 40, 50]), np.add(point, [40, 30, 50])])
    x, proximity = two_triangles(FLAT, far, device)
    pairs = proximity.near(x, 10.0, 0.0)
    found = pairs.vertices[:, 0] == 3
    assert found.sum() == 1
    np.testing.assert_allclose(np.linalg.norm(pairs.offsets(x), axis=1)[found], distance)
    np.testing.assert_allclose(pairs.weights.sum(axis=1), 0.0, atol=1e-12)


@pytest.mark.slow
def test_the_least_distance_is_that_of_dense_samples(device):
    rng = np.random.default_rng(1)
    weights = rng.dirichlet([0.6, 0.6, 0.6], 1600)
    for _ in range(8):
        x, proximity = two_triangles(rng.normal(size=(3, 3)), rng.normal(size=(3, 3)) + [0, 0, 3.0], device)
        least = np.linalg.norm(proximity.near(x, 10.0, 0.0).offsets(x), axis=1).min()
        sampled = np.linalg.norm((weights @ x[:3])[:, None] - (weights @ x[3:])[None, ::2], axis=2).min()
        assert least <= sampled + 1e-9 and sampled < least + 0.1


def test_neighbours_and_pairs_of_one_sheet(device):
    x = np.concatenate([FLAT, FLAT + [0, 0, 0.2]]).astype(float)
    triangles = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    same, other = np.ones(6, int), np.array([1, 1, 1, -1, -1, -1])
    assert len(Proximity(x, triangles, other, 0.5, device).near(x, 0.3, 0.0).vertices) > 0
    assert len(Proximity(x, triangles, same, 0.5, device).near(x, 0.3, 0.3).vertices) == 0
    assert len(Proximity(x, triangles, same, 0.1, device).near(x, 0.3, 0.3).vertices) > 0
    assert len(Proximity(x, triangles, same, 0.1, device).near(x, 0.3, 0.1).vertices) == 0
    shared = np.array([[0, 1, 2], [0, 4, 5]], np.int32)
    pairs = Proximity(x, shared, other, 0.0, device).near(x, 9.0, 9.0).vertices
    assert len(pairs) and all(len(set(pair)) == 4 for pair in pairs.tolist())


def test_a_motion_ends_with_a_tenth_of_the_distance_left(device):
    x, proximity = two_triangles(FLAT, FLAT + [0.3, 0.3, 2.0], device)
    step = np.zeros_like(x)
    step[3:, 2] = -10.0
    assert proximity.free_share(x, step) == pytest.approx(0.18, rel=0.02)
    assert proximity.free_share(x, 0.1 * step) == 1.0
    assert proximity.free_share(x, -step) == 1.0


def test_what_moves_together_moves_freely(device):
    x, proximity = two_triangles(FLAT, FLAT + [0.3, 0.3, 0.01], device)
    assert proximity.free_share(x, np.full_like(x, 100.0)) == 1.0


def test_edges_that_pass_each_other_are_caught(device):
    """No vertex meets a triangle: an edge crosses an edge."""
    first = np.array([[-5, 0, 0], [5, 0, 0], [0, 0, -5]])
    second = np.array([[0, -5, 1], [0, 5, 1], [0, 0, 6]])
    x, proximity = two_triangles(first, second, device)
    step = np.zeros_like(x)
    step[3:, 2] = -2.0
    assert proximity.free_share(x, step) == pytest.approx(0.45, rel=0.02)
