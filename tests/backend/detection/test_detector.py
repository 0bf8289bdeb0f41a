"""The detector on pictures of built-in heads."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headbridge.detection.detector import POINT_COUNT, FaceDetector
from headbridge.detection.ibug import contour_weights, ibug_51, ibug_68, ibug_weights
from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.detection.on_meshes.scene import Scene
from headbridge.detection.surface_points import surface_points
from headbridge.models import head_model
from headbridge.topologies import load_builtin, load_topology

FRONT = Camera(looking(0.0, 0.0), np.array([0.0, 0.0, 60.0]), 130.0, 320)


@pytest.fixture(scope="module")
def detector():
    with FaceDetector() as made:
        yield made


def in_picture(camera: Camera, points: np.ndarray) -> np.ndarray:
    """(N, 2) columns and rows of (N, 3) points: the inverse of the camera's rays."""
    right, up, back = ((points - camera.position) @ camera.axes.T).T
    half = camera.half_height * -back / np.linalg.norm(camera.position - camera.target)
    return camera.size / 2 * (1.0 + np.stack([right, -up], axis=1) / half[:, None])


def random_head(seed: int) -> np.ndarray:
    """(14062, 3) mm, the HACK head with a random identity."""
    model, rng = head_model("hack", "ict"), np.random.default_rng(seed)
    coefficients = np.where(model.lower < 0.0, rng.standard_normal(len(model.names)), 0.0)
    return load_builtin("hack").vertices + np.tensordot(coefficients, model.basis.astype(np.float64), axes=1)


@pytest.fixture(scope="module")
def detections(detector):
    """Vertices of random heads, and the detector's points in a picture of each."""
    found = []
    for seed in range(5):
        vertices = random_head(100 + seed)
        picture = Scene(load_builtin("hack").with_vertices(vertices)).render(FRONT)
        found.append((vertices, detector.detect(picture)))
    return found


@pytest.mark.slow
def test_points_lie_where_the_table_says_on_random_heads(detections):
    table = surface_points("hack")
    # Seen under a steep angle the cheeks' points move along the silhouette.
    steady = np.isfinite(table.spread) & (np.abs(table.landmarks.evaluate(load_builtin("hack").vertices)[:, 0]) < 45.0)
    apart = [
        np.linalg.norm(points[steady, :2] - in_picture(FRONT, table.landmarks.evaluate(vertices))[steady], axis=1)
        for vertices, points in detections
    ]
    mm_per_pixel = 2.0 * FRONT.half_height / FRONT.size
    assert np.mean(apart) * mm_per_pixel < 3.0


def test_the_51_landmarks_lie_where_the_topology_has_them(detections):
    table = load_topology("hack").landmarks_51
    apart = [
        np.linalg.norm(ibug_51(points[:, :2]) - in_picture(FRONT, table.evaluate(vertices)), axis=1)
        for vertices, points in detections
    ]
    mm = np.mean(apart, axis=0) * 2.0 * FRONT.half_height / FRONT.size
    assert mm[10:].mean() < 3.0 and mm[10:].max() < 6.0
    # Brows: the detector follows hair, the table a place on the skin.
    assert mm[:10].max() < 14.0


def test_the_mirrored_picture_has_the_mirrored_points(detector, detections):
    vertices, points = detections[0]
    picture = Scene(load_builtin("hack").with_vertices(vertices)).render(FRONT)
    flipped = detector.detect(picture[:, ::-1])
    back = np.stack([FRONT.size - flipped[:, 0], flipped[:, 1]], axis=1)
    apart = np.linalg.norm(back[surface_points("hack").mirror] - points[:, :2], axis=1)
    assert np.median(apart) < 3.0 and apart[np.isfinite(surface_points("hack").spread)].max() < 12.0


def test_the_same_picture_gives_the_same_points(detector, detections):
    vertices, points = detections[0]
    again = detector.detect(Scene(load_builtin("hack").with_vertices(vertices)).render(FRONT))
    assert np.array_equal(points, again)


def test_no_face_in_an_empty_picture(detector):
    assert detector.detect(np.full((200, 200, 3), 120, np.uint8)) is None


def test_other_pictures_are_refused(detector):
    with pytest.raises(ValueError, match="uint8"):
        detector.detect(np.zeros((64, 64, 3)))


def test_weights_of_the_51_are_means_and_the_same_on_both_sides():
    weights, mirror = ibug_weights(), surface_points("hack").mirror
    assert weights.shape == (51, POINT_COUNT) and np.allclose(weights.sum(axis=1), 1.0)
    names = load_topology("hack").landmarks_51.names
    for row, name in enumerate(names):
        if not name.startswith("right "):
            continue
        # Brows count from the subject's right on both sides.
        number = name.split()[-1]
        other = f"left brow {6 - int(number)}" if "brow" in name else name.replace("right", "left")
        assert np.allclose(weights[names.index(other)][mirror], weights[row]), name


def test_the_contour_runs_around_the_face_from_ear_to_ear(detections):
    _, points = detections[0]
    landmarks = ibug_68(points[:, :2])
    np.testing.assert_array_equal(landmarks[17:], ibug_51(points[:, :2]))
    contour = landmarks[:17]
    # Down on the subject's right (the picture's left), up on the left, the chin lowest; at equal steps.
    assert (np.diff(contour[:9, 1]) > 0.0).all() and (np.diff(contour[8:, 1]) < 0.0).all()
    assert (np.diff(contour[2:15, 0]) > 0.0).all()
    steps = np.linalg.norm(np.diff(contour, axis=0), axis=1)
    assert steps.max() / steps.min() < 2.0
    np.testing.assert_array_equal(contour[8], points[152, :2])
    # On the outline of all points.
    hull = cv2.convexHull(points[:468, :2].astype(np.float32))
    apart = [abs(cv2.pointPolygonTest(hull, tuple(map(float, point)), True)) for point in contour]
    assert max(apart) < 0.03 * np.ptp(points[:468, 1])


def test_the_contour_is_the_same_on_both_sides():
    weights = contour_weights()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    np.testing.assert_array_equal(weights[:, surface_points("hack").mirror], weights[::-1])


@pytest.mark.parametrize("key", ["hack", "flame"])
def test_places_on_the_heads_are_the_same_on_both_sides(key):
    table = surface_points(key)
    assert np.array_equal(table.mirror[table.mirror], np.arange(POINT_COUNT))
    known = np.isfinite(table.spread)
    assert np.array_equal(known, known[table.mirror]) and known.sum() > 380
    assert not known[468:].any()
    points = table.landmarks.evaluate(load_builtin(key).vertices)
    apart = np.linalg.norm(points[table.mirror] * (-1.0, 1.0, 1.0) - points, axis=1)
    assert apart[known].max() < 3.0


def test_flame_and_hack_have_their_places_at_the_same_features():
    at = {key: surface_points(key).landmarks.evaluate(load_builtin(key).vertices) for key in ("hack", "flame")}
    features = {"right eye outer corner": 33, "left eye outer corner": 263, "subnasale": 2}
    for key, points in at.items():
        landmarks = load_topology(key).landmarks_51
        there = landmarks.evaluate(load_builtin(key).vertices)
        for name, number in features.items():
            assert np.linalg.norm(points[number] - there[landmarks.names.index(name)]) < 4.0, (key, name)
