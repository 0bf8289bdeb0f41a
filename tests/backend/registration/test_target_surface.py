"""What the registration may match of a target, where its data ends, and the gradient of the distance to it."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.device import available_devices
from headbridge.registration.target_surface import TargetSurface
from headbridge.spatial.residuals import distance_gradients

from .shapes import joined, sheet, sphere

DEVICES = available_devices()


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


def whole(vertices, triangles, device="cpu"):
    return TargetSurface(vertices, triangles, np.ones(len(vertices), bool), device)


def test_closest_points_on_a_sphere_have_radial_normals(device):
    vertices, triangles = sphere(4, 100.0)
    queries = np.random.default_rng(0).normal(size=(200, 3)) * 80.0
    hits, normals, valid = whole(vertices, triangles, device).closest(queries)
    radial = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    assert valid.all()
    assert np.abs(hits.distances - np.abs(np.linalg.norm(queries, axis=1) - 100.0)).max() < 0.25
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0)
    # Within a triangle the normal follows the sphere only from corner to corner.
    assert np.einsum("nd,nd->n", normals, radial).min() > np.cos(np.radians(2.0))


def test_beyond_an_open_border_closest_points_mean_nothing(device):
    vertices, triangles = sheet(9, 9)
    target = whole(vertices, triangles, device)
    above = np.array([[4.3, 3.8, 2.0], [0.6, 7.5, -1.0]])
    beyond = np.array([[-1.0, 4.2, 0.0], [4.1, 9.5, 1.0], [10.0, 10.0, 0.0], [8.0, 3.3, 0.5]])
    assert target.closest(above)[2].all()
    assert not target.closest(beyond)[2].any()


def test_a_closed_surface_has_no_border():
    vertices, triangles = sphere(2, 10.0)
    _, _, valid = whole(vertices, triangles).closest(vertices)
    assert valid.all()


def test_what_is_not_matched_is_not_there_and_its_border_is_a_border():
    vertices, triangles = sheet(9, 9)
    matched = vertices[:, 0] <= 4.0
    target = TargetSurface(vertices, triangles, matched)
    hits, _, valid = target.closest(np.array([[7.0, 4.2, 0.3], [2.2, 4.3, 0.3]]))
    np.testing.assert_allclose(hits.points[0], [4.0, 4.2, 0.0], atol=1e-6)
    assert valid.tolist() == [False, True]


def test_normals_at_the_border_of_the_matched_part_are_those_of_the_whole_surface():
    vertices, triangles = sphere(4, 100.0)
    target = TargetSurface(vertices, triangles, vertices[:, 1] > 0.0)
    border = target.vertices[target.triangles].reshape(-1, 3)
    normals = target.normals[target.triangles].reshape(-1, 3)
    assert np.einsum("nd,nd->n", normals, border / 100.0).min() > np.cos(np.radians(1.0))


def test_samples_are_the_matched_vertices_off_the_border_with_their_share_of_the_area():
    vertices, triangles = sheet(9, 9)
    matched = vertices[:, 0] <= 4.0
    target = TargetSurface(vertices, triangles, matched)
    x, y = vertices[:, 0], vertices[:, 1]
    np.testing.assert_array_equal(target.samples, np.flatnonzero((x > 0) & (x < 4) & (y > 0) & (y < 8)))
    np.testing.assert_allclose(target.sample_areas, 1.0)
    closed = whole(*sphere(3, 10.0))
    assert closed.sample_areas.sum() == pytest.approx(4 * np.pi * 100.0, rel=0.01)


def test_a_part_without_any_matched_vertex_does_not_part_sheets():
    # A ball through the wall of a larger one: were it skin, crossing sheets would be exchanged.
    vertices, triangles = joined(sphere(3, 20.0), (sphere(3, 6.0)[0] + [18.0, 0, 0], sphere(3)[1]))
    matched = np.arange(len(vertices)) < len(sphere(3)[0])
    np.testing.assert_array_equal(TargetSurface(vertices, triangles, matched).vertices, vertices)


@pytest.mark.parametrize("height", [2.0, 0.05])
def test_distance_gradients_are_minus_the_slope_of_the_distance(height):
    vertices, triangles = sheet(9, 9)
    vertices[:, 2] = 0.15 * (vertices[:, 0] - 4.0) ** 2
    target = whole(vertices, triangles)
    rng = np.random.default_rng(4)
    # Over faces, edges, vertices and beyond the border.
    queries = np.concatenate([rng.uniform(-1, 9, (60, 3)) * [1, 1, 0], vertices[[40, 31, 8]]])
    queries[:, 2] = 0.15 * (queries[:, 0] - 4.0) ** 2 + height
    hits, normals, _ = target.closest(queries)
    found = distance_gradients(hits.points - queries, hits.distances, normals)
    h = 1e-3

    def distances_at(step):
        return target.closest(queries + step)[0].distances

    slopes = np.stack([(distances_at(h * e) - distances_at(-h * e)) / (2 * h) for e in np.eye(3)], axis=1)
    # Half way between two faces the distance has a kink, and its slope over it is less than 1.
    smooth = np.abs(np.linalg.norm(slopes, axis=1) - 1.0) < 2e-3
    assert np.count_nonzero(smooth) > 40
    np.testing.assert_allclose(found[smooth], -slopes[smooth], atol=0.02)


def test_where_they_touch_the_normal_is_the_direction():
    vertices, triangles = sphere(3, 10.0)
    hits, normals, _ = whole(vertices, triangles).closest(vertices[:20])
    directions = distance_gradients(hits.points - vertices[:20], hits.distances, normals)
    np.testing.assert_allclose(directions, normals)
