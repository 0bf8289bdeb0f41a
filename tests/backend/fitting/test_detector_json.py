"""What MediaPipe and OpenPose write about a photo, and rows and columns that were exchanged."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headbridge.detection.surface_points import surface_points
from headbridge.errors import InputError
from headbridge.fitting.landmark_orders import mirror_of_68
from headbridge.fitting.photo.job import DETECTED, IBUG
from headbridge.fitting.photo_landmark_files import read_photo_landmarks
from headbridge.images import Photo
from headbridge.topologies import load_builtin, load_topology

KNOWN = load_topology("flame").landmarks_68
WIDTH, HEIGHT = 320, 400
PHOTO = Photo(np.zeros((HEIGHT, WIDTH, 3), np.float32), name="portrait.jpg")


def seen(points: np.ndarray, yaw: float = 20.0, roll: float = 0.0) -> np.ndarray:
    """(N, 2) pixels of points on the mean head, turned by degrees."""
    y, r = np.radians([yaw, roll])
    turn = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    spin = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (150.0, 210.0) + 1.1 * ((points - points.mean(axis=0)) @ turn.T @ spin.T)[:, :2] * (1.0, -1.0)


def landmarks_68(**turns) -> np.ndarray:
    return seen(KNOWN.evaluate(load_builtin("flame").vertices), **turns)


@pytest.fixture(scope="module")
def detected() -> np.ndarray:
    return seen(surface_points("flame").landmarks.evaluate(load_builtin("flame").vertices))


def read(folder, document, photo=PHOTO):
    (folder / "a.json").write_text(json.dumps(document))
    return read_photo_landmarks(folder / "a.json", photo)


def as_shares(points: np.ndarray) -> list[dict]:
    return [{"x": x / WIDTH, "y": y / HEIGHT, "z": -0.02} for x, y in points]


@pytest.mark.parametrize("count", [478, 468])
@pytest.mark.parametrize(
    "shape",
    [
        lambda points: points,
        lambda points: {"faceLandmarks": [points], "faceBlendshapes": []},
        lambda points: {"face_landmarks": [points]},
        lambda points: {"multiFaceLandmarks": [points]},
        lambda points: {"multi_face_landmarks": [{"landmark": points}]},
        lambda points: {"landmarks": [[p["x"], p["y"], p["z"]] for p in points]},
        lambda points: {"points": [[p["x"], p["y"]] for p in points]},
    ],
)
def test_mediapipes_shares_of_the_picture(tmp_path, detected, count, shape):
    found = read(tmp_path, shape(as_shares(detected[:count])))
    assert found.order == DETECTED and found.notes == ()
    np.testing.assert_array_equal(found.numbers, np.arange(count))
    np.testing.assert_allclose(found.points, detected[:count], atol=1e-9)
    # A photo that was read smaller has the same shares.
    half = Photo(np.zeros((HEIGHT // 2, WIDTH // 2, 3), np.float32), scale=0.5, name="portrait.jpg")
    np.testing.assert_allclose(read(tmp_path, shape(as_shares(detected[:count])), half).points, 0.5 * detected[:count])


def test_pixels_stay_pixels(tmp_path, detected):
    found = read(tmp_path, [{"x": x, "y": y} for x, y in detected])
    np.testing.assert_allclose(found.points, detected)


def openpose(points: np.ndarray, missing=()) -> dict:
    values = np.column_stack([points, np.full(len(points), 0.8)])
    values[list(missing)] = 0.0
    return {"version": 1.3, "people": [{"face_keypoints_2d": values.ravel().tolist(), "pose_keypoints_2d": []}]}


def test_openposes_70_points(tmp_path):
    points = landmarks_68()
    all_70 = np.concatenate([points, points[36:42].mean(axis=0)[None], points[42:48].mean(axis=0)[None]])
    found = read(tmp_path, openpose(all_70))
    assert found.order == IBUG and found.numbers.tolist() == [*range(68)]
    np.testing.assert_allclose(found.points, points)
    found = read(tmp_path, openpose(all_70, missing=(0, 1, 40)))
    assert found.numbers.tolist() == [number for number in range(68) if number not in (0, 1, 40)]
    np.testing.assert_allclose(found.points, points[found.numbers])


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"faceLandmarks": [[{"x": 0.1, "y": 0.2}] * 478] * 2}, "there are 2 faces"),
        ({"faceLandmarks": []}, "there are 0 faces"),
        ({"faceLandmarks": [[{"x": 0.1}] * 478]}, "point 1: should be two numbers"),
        ({"people": []}, "there are 0 faces"),
        ({"people": [{"face_keypoints_2d": [1, 2]}]}, "x, y and a confidence"),
        ({"people": [{"face_keypoints_2d": [1.0, 2.0, 0.0] * 70}]}, "there are 0 points"),
    ],
)
def test_what_holds_no_one_face(tmp_path, document, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, document)


@pytest.mark.parametrize("roll", [-30.0, 0.0, 30.0])
def test_exchanged_rows_and_columns_are_put_right(tmp_path, detected, roll):
    for points in (landmarks_68(roll=roll), landmarks_68(roll=roll)[17:]):
        found = read(tmp_path, points[:, ::-1].tolist())
        np.testing.assert_allclose(found.points, points)
        assert found.numbers[-1] == 67 and "rows and columns are exchanged" in found.notes[0]
        assert read(tmp_path, points.tolist()).notes == ()
    found = read(tmp_path, detected[:, ::-1].tolist())
    np.testing.assert_allclose(found.points, detected)
    assert "rows and columns are exchanged" in found.notes[0]


@pytest.mark.parametrize("roll", [-90.0, 90.0, 180.0])
def test_faces_on_their_side_are_left_as_they_are(tmp_path, roll):
    points = landmarks_68(roll=roll)
    found = read(tmp_path, points.tolist())
    np.testing.assert_allclose(found.points, points)
    assert found.notes == () and found.numbers.tolist() == [*range(68)]


def test_exchanged_sides_of_an_upright_face_are_no_exchanged_rows(tmp_path):
    points = landmarks_68()
    exchanged = mirror_of_68(KNOWN)
    found = read(tmp_path, points[exchanged].tolist())
    np.testing.assert_array_equal(found.numbers, exchanged)
    np.testing.assert_allclose(found.points, points[exchanged])
