"""Surface (Warp, CPU and CUDA) against the plain reference, and both against answers known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.device import available_devices
from headbridge.errors import DeviceError
from headbridge.spatial import Surface

from . import reference

DEVICES = available_devices()


def random_mesh(seed: int, offset=0.0, triangles: int = 60):
    """Separate triangles of a few units, anywhere in a box of 100."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-50, 50, (triangles, 1, 3))
    vertices = (centres + rng.normal(0, 5, (triangles, 3, 3))).reshape(-1, 3) + offset
    return vertices, np.arange(3 * triangles, dtype=np.int32).reshape(-1, 3), rng


def points_of(hits, vertices, triangles):
    return np.einsum("nk,nkd->nd", hits.barycentrics, vertices[triangles[hits.triangles]])


def test_reference_closest_knows_every_region_of_a_triangle():
    vertices = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0]])
    triangles = np.array([[0, 1, 2]])
    queries = np.array([[1, 1, 3], [-3, -4, 0], [5, -1, 0], [-1, 6, 0], [2, -2, 0], [-2, 2, 0], [4, 4, 0], [1, 1, -2]])
    answers = np.array([[1, 1, 0], [0, 0, 0], [4, 0, 0], [0, 4, 0], [2, 0, 0], [0, 2, 0], [2, 2, 0], [1, 1, 0]])
    hits = reference.closest_points(vertices, triangles, queries)
    np.testing.assert_allclose(hits.points, answers, atol=1e-12)
    np.testing.assert_allclose(hits.distances, np.linalg.norm(queries - answers, axis=1), atol=1e-12)
    np.testing.assert_allclose(hits.barycentrics[0], [0.5, 0.25, 0.25], atol=1e-12)


def test_reference_ray_hits_the_nearer_of_two_planes_from_either_side():
    quad = np.array([[-1.0, -1, 0], [3, -1, 0], [-1, 3, 0]])
    vertices = np.concatenate([quad, quad + [0, 0, 5]])
    triangles = np.array([[0, 1, 2], [3, 4, 5]])
    hits = reference.cast_rays(
        vertices,
        triangles,
        [[0, 0, -2], [0, 0, 9], [0, 0, 2], [9, 0, -2]],
        [[0, 0, 3.0], [0, 0, -1], [0, 0, 0.1], [0, 0, 1]],
    )
    assert hits.triangles.tolist() == [0, 1, 1, -1]
    np.testing.assert_allclose(hits.distances, [2, 4, 3, np.inf])
    np.testing.assert_allclose(hits.barycentrics[0], [0.5, 0.25, 0.25], atol=1e-12)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("offset", [0.0, np.array([1.0e5, -3.0e4, 7.0e4])])
def test_closest_agrees_with_the_reference(device, offset):
    vertices, triangles, rng = random_mesh(1, offset)
    queries = rng.uniform(-80, 80, (1500, 3)) + offset
    expected = reference.closest_points(vertices, triangles, queries)
    hits = Surface(vertices, triangles, device).closest(queries)
    np.testing.assert_allclose(hits.distances, expected.distances, rtol=1e-5)
    assert (hits.triangles == expected.triangles).mean() > 0.999
    np.testing.assert_allclose(points_of(hits, vertices, triangles), hits.points, rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(hits.points - queries, axis=1), hits.distances, rtol=1e-12)
    same = hits.triangles == expected.triangles
    np.testing.assert_allclose(hits.barycentrics[same], expected.barycentrics[same], atol=1e-3)


@pytest.mark.parametrize("device", DEVICES)
def test_points_on_the_surface_come_back_with_their_own_barycentrics(device):
    vertices, triangles, rng = random_mesh(2, 1000.0)
    weights = rng.dirichlet([2, 2, 2], len(triangles))
    queries = np.einsum("nk,nkd->nd", weights, vertices[triangles])
    hits = Surface(vertices, triangles, device).closest(queries)
    alone = hits.triangles == np.arange(len(triangles))
    assert alone.mean() > 0.95  # the rest lie where two triangles cross
    np.testing.assert_allclose(hits.barycentrics[alone], weights[alone], atol=1e-4)
    assert hits.distances.max() < 1e-4


@pytest.mark.parametrize("device", DEVICES)
def test_points_beyond_the_reach_miss(device):
    vertices, triangles, rng = random_mesh(3)
    queries = rng.uniform(-80, 80, (1000, 3))
    expected = reference.closest_points(vertices, triangles, queries, max_distance=8.0)
    hits = Surface(vertices, triangles, device).closest(queries, max_distance=8.0)
    assert 0.05 < expected.hit.mean() < 0.95
    np.testing.assert_array_equal(hits.hit, expected.hit)
    assert np.isinf(hits.distances[~hits.hit]).all()


@pytest.mark.parametrize("device", DEVICES)
def test_needles_are_passed_over_and_points_are_met(device):
    vertices, triangles, rng = random_mesh(4)
    vertices[3:6] = vertices[3]  # a point
    vertices[8] = 0.5 * (vertices[6] + vertices[7])  # a needle
    queries = np.concatenate([rng.uniform(-60, 60, (600, 3)), vertices[3:9] + rng.normal(0, 0.5, (6, 3))])
    expected = reference.closest_points(vertices, np.delete(triangles, 2, axis=0), queries)
    hits = Surface(vertices, triangles, device).closest(queries)
    np.testing.assert_allclose(hits.distances, expected.distances, rtol=1e-5)
    assert 1 in hits.triangles and 2 not in hits.triangles


@pytest.mark.parametrize("device", DEVICES)
def test_a_needle_within_a_surface_changes_no_distance(device):
    # The point halfway along the diagonal belongs to a needle and to one of its neighbours.
    vertices = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [1, 1, 0]])
    triangles = np.array([[0, 1, 2], [0, 2, 4], [0, 4, 3], [4, 2, 3]])
    queries = np.random.default_rng(9).uniform(-2, 4, (300, 3))
    outside = np.maximum(np.maximum(-queries[:, :2], queries[:, :2] - 2), 0)
    expected = np.linalg.norm(np.concatenate([outside, queries[:, 2:]], axis=1), axis=1)
    np.testing.assert_allclose(Surface(vertices, triangles, device).closest(queries).distances, expected, rtol=1e-5)
    np.testing.assert_allclose(reference.closest_points(vertices, triangles, queries).distances, expected, rtol=1e-12)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("offset", [0.0, np.array([1.0e5, -3.0e4, 7.0e4])])
def test_rays_agree_with_the_reference(device, offset):
    vertices, triangles, rng = random_mesh(5, offset, triangles=300)
    origins = rng.uniform(-70, 70, (1200, 3)) + offset
    directions = rng.normal(size=(1200, 3)) * rng.uniform(0.01, 100, (1200, 1))
    expected = reference.cast_rays(vertices, triangles, origins, directions)
    hits = Surface(vertices, triangles, device).cast(origins, directions)
    same = hits.triangles == expected.triangles
    assert 0.1 < expected.hit.mean() < 0.99
    assert same.mean() > 0.998  # a ray through an edge may fall on either side of it
    met = same & expected.hit
    np.testing.assert_allclose(hits.distances[met], expected.distances[met], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(hits.barycentrics[met], expected.barycentrics[met], atol=1e-3)
    np.testing.assert_allclose(points_of(hits, vertices, triangles)[met], hits.points[met], rtol=0, atol=1e-9)


@pytest.mark.parametrize("device", DEVICES)
def test_rays_beyond_the_reach_miss(device):
    vertices = np.array([[-9.0, -9, 0], [9, -9, 0], [0, 9, 0]])
    surface = Surface(vertices, np.array([[0, 1, 2]]), device)
    hits = surface.cast(np.array([[0, 0, 4.0], [0, 0, 6.0]]), np.array([[0, 0, -2.0], [0, 0, -2.0]]), max_distance=5.0)
    assert hits.triangles.tolist() == [0, -1]
    assert hits.distances[0] == pytest.approx(4.0) and np.isinf(hits.distances[1])


@pytest.mark.parametrize("device", DEVICES)
def test_a_moved_surface_equals_a_fresh_one(device):
    vertices, triangles, rng = random_mesh(6)
    moved = vertices + rng.normal(0, 10, vertices.shape)
    queries = rng.uniform(-80, 80, (800, 3))
    surface = Surface(vertices, triangles, device)
    surface.closest(queries)
    surface.move(moved)
    fresh = Surface(moved, triangles, device)
    np.testing.assert_allclose(surface.closest(queries).distances, fresh.closest(queries).distances, rtol=1e-5)
    directions = rng.normal(size=queries.shape)
    agree = surface.cast(queries, directions).triangles == fresh.cast(queries, directions).triangles
    assert agree.mean() > 0.998


def test_an_absent_device_is_refused():
    with pytest.raises(DeviceError, match="no device 'tpu'"):
        Surface(np.eye(3), np.array([[0, 1, 2]]), "tpu")
    if "cuda" not in DEVICES:
        with pytest.raises(DeviceError, match="no CUDA device is available"):
            Surface(np.eye(3), np.array([[0, 1, 2]]), "cuda")
