"""The detector's noise: its frame, its symmetry, its calibration on draws and on pictures."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.detection.detector import FaceDetector
from headbridge.detection.faces import MOST_FACES, face_angle, find_faces
from headbridge.detection.noise import YAW_NODES, detector_noise, view_angles, view_features, yaw_weights
from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.detection.on_meshes.scene import Scene
from headbridge.detection.surface_points import surface_points
from headbridge.models import head_model
from headbridge.topologies import load_builtin

NOISE = detector_noise()


def test_view_angles_are_where_the_camera_stands():
    for yaw, pitch in ((0.0, 0.0), (40.0, 0.0), (-25.0, 30.0), (10.0, -15.0)):
        # The last axis of a camera points back at it.
        found = view_angles(5.0 * looking(yaw, pitch)[2])
        np.testing.assert_allclose(found, (yaw, pitch), atol=1e-9)


def test_weights_of_the_nodes_interpolate():
    yaw = np.array([-90.0, -45.0, -20.0, 0.0, 7.5, 45.0, 60.0])
    weights = yaw_weights(yaw)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    np.testing.assert_allclose(weights @ YAW_NODES, np.clip(yaw, -45.0, 45.0))


def test_the_points_are_those_with_a_place_and_the_irises():
    fixed = np.flatnonzero(np.isfinite(surface_points("hack").spread))
    np.testing.assert_array_equal(NOISE.numbers, np.union1d(fixed, [468, 473]))
    with pytest.raises(ValueError, match="without a place"):
        NOISE.of(np.array([469]), 100.0, 0.0, 0.0, 0.0)


def test_noise_grows_with_the_face_and_turns_with_it():
    numbers = NOISE.numbers[::5]
    one = NOISE.of(numbers, 100.0, 0.0, 20.0, 5.0)
    other = NOISE.of(numbers, 250.0, 0.0, 20.0, 5.0)
    np.testing.assert_allclose(other.bias, 2.5 * one.bias)
    np.testing.assert_allclose(other.covariance(), 6.25 * one.covariance())
    # A face whose picture has to be turned by a quarter counter-clockwise lies with its top to the right: what was up
    # in the upright picture is to the right here, and what was right is down.
    lying = NOISE.of(numbers, 100.0, 90.0, 20.0, 5.0)
    np.testing.assert_allclose(lying.bias, np.column_stack([-one.bias[:, 1], one.bias[:, 0]]), atol=1e-12)
    shared = one.correlated.reshape(len(numbers), 2, len(numbers), 2)
    turned = lying.correlated.reshape(len(numbers), 2, len(numbers), 2)
    np.testing.assert_allclose(turned[:, 0, :, 0], shared[:, 1, :, 1], atol=1e-12)
    np.testing.assert_allclose(turned[:, 0, :, 1], -shared[:, 1, :, 0], atol=1e-12)
    np.testing.assert_allclose(lying.independent, one.independent)


def test_the_angle_is_that_of_the_face():
    points = np.zeros((478, 2))
    # The forehead to the right of the chin.
    points[10], points[152] = (10.0, 0.0), (-10.0, 0.0)
    assert np.isclose(face_angle(points), 90.0)


def test_both_sides_are_alike():
    mirror = surface_points("hack").mirror
    numbers = NOISE.numbers
    left = NOISE.of(numbers, 1.0, 0.0, 25.0, 8.0)
    right = NOISE.of(mirror[numbers], 1.0, 0.0, -25.0, 8.0)
    np.testing.assert_allclose(left.bias * (-1.0, 1.0), right.bias, atol=1e-4)
    deviations = [np.sqrt(np.diag(one.covariance())) for one in (left, right)]
    np.testing.assert_allclose(deviations[0], deviations[1], rtol=0.1)


def test_neighbours_are_off_together_and_far_points_are_not():
    covariance = NOISE.of(NOISE.numbers, 1.0, 0.0, 0.0, 0.0).covariance()
    deviation = np.sqrt(np.diag(covariance))
    correlation = (covariance / np.outer(deviation, deviation))[::2, ::2]
    places = surface_points("hack").landmarks.evaluate(load_builtin("hack").vertices)[NOISE.numbers]
    apart = np.linalg.norm(places[:, None] - places, axis=2)
    assert correlation[(apart > 1.0) & (apart < 8.0)].mean() > 0.5
    assert abs(correlation[apart > 80.0].mean()) < 0.25


def test_draws_have_a_chi_square_of_their_number():
    rng = np.random.default_rng(0)
    noise = NOISE.of(NOISE.numbers[::3], 120.0, 30.0, -20.0, 10.0)
    covariance = noise.covariance()
    draws = rng.standard_normal((300, len(covariance))) @ np.linalg.cholesky(covariance).T
    squares = np.einsum("nd,nd->n", draws, np.linalg.solve(covariance, draws.T).T)
    # Mean d and standard deviation sqrt(2 d) each.
    count = len(covariance)
    assert abs(squares.mean() - count) < 4.0 * np.sqrt(2.0 * count / 300)


@pytest.fixture(scope="module")
def detector():
    with FaceDetector(MOST_FACES) as made:
        yield made


@pytest.mark.slow
def test_errors_on_heads_it_has_not_seen_are_as_large_as_it_says(detector):
    """On pictures of random heads by another renderer, with plain skin."""
    model, table = head_model("hack", "ict"), surface_points("hack").landmarks
    numbers = NOISE.numbers[NOISE.numbers < 468]
    ratios = []
    for seed, (yaw, pitch) in enumerate(((0.0, 0.0), (25.0, 8.0), (-35.0, -5.0), (10.0, -12.0))):
        rng = np.random.default_rng(seed)
        coefficients = np.where(model.lower < 0.0, rng.standard_normal(len(model.names)), 0.0)
        vertices = load_builtin("hack").vertices + np.tensordot(coefficients, model.basis.astype(np.float64), axes=1)
        camera = Camera(looking(yaw, pitch), np.array([0.0, 0.0, 60.0]), 150.0, 320)
        face = find_faces(Scene(load_builtin("hack").with_vertices(vertices)).render(camera), detector=detector)[0]
        right, up, back = ((table.evaluate(vertices) - camera.position) @ camera.axes.T).T
        reach = camera.half_height * -back / np.linalg.norm(camera.position - camera.target)
        truth = camera.size / 2 * (1.0 + np.stack([right, -up], axis=1) / reach[:, None])
        noise = NOISE.of(numbers, face.size, face_angle(face.points), yaw, pitch)
        rest = ((face.points[:, :2] - truth)[numbers] - noise.bias).reshape(-1)
        ratios.append(rest @ np.linalg.solve(noise.covariance(), rest) / len(rest))
    assert 0.3 < np.mean(ratios) < 2.0 and max(ratios) < 4.0


def test_the_bias_is_not_carried_beyond_what_was_measured():
    np.testing.assert_allclose(view_features(70.0, 60.0), view_features(45.0, 30.0))
