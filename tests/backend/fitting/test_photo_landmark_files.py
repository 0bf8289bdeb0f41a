"""Landmark files of photos, in every format and order, and what is none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.landmark_orders import mirror_of_68
from headbridge.fitting.photo.job import DETECTED, IBUG
from headbridge.fitting.photo_landmark_files import read_photo_landmarks
from headbridge.images import Photo
from headbridge.topologies import load_builtin, load_topology

KNOWN = load_topology("flame").landmarks_68
PHOTO = Photo(np.zeros((300, 400, 3), np.float32), name="portrait.jpg")


@pytest.fixture(scope="module")
def seen() -> np.ndarray:
    """(68, 2) the mean head's landmarks, turned by 25 degrees, in a picture of 400 x 300 pixels."""
    turn = np.radians(25.0)
    rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    points = KNOWN.evaluate(load_builtin("flame").vertices) @ rotation.T
    return (200.0, 150.0) + 1.2 * points[:, :2] * (1.0, -1.0)


def saved(folder, points, **extras) -> str:
    (folder / "a.json").write_text(json.dumps({"points": np.asarray(points).tolist(), **extras}))
    return folder / "a.json"


def test_68_and_51_points(tmp_path, seen):
    np.save(tmp_path / "a.npy", seen)
    found = read_photo_landmarks(tmp_path / "a.npy", PHOTO)
    assert found.order == IBUG and found.exact is None
    np.testing.assert_array_equal(found.numbers, np.arange(68))
    np.testing.assert_array_equal(found.points, seen)
    # Some detectors give a depth with every point.
    np.save(tmp_path / "a.npy", np.column_stack([seen[17:], np.ones(51)])[None])
    found = read_photo_landmarks(tmp_path / "a.npy", PHOTO)
    np.testing.assert_array_equal(found.numbers, np.arange(17, 68))


def test_the_order_is_told_by_the_face(tmp_path, seen):
    found = read_photo_landmarks(saved(tmp_path, np.roll(seen, -17, axis=0)), PHOTO)
    np.testing.assert_array_equal(found.numbers, np.roll(np.arange(68), -17))
    # By the viewer's left and right instead of the subject's.
    exchanged = mirror_of_68(KNOWN)
    found = read_photo_landmarks(saved(tmp_path, seen[exchanged]), PHOTO)
    np.testing.assert_array_equal(found.numbers, exchanged)


def test_points_that_are_no_face(tmp_path):
    scattered = np.random.default_rng(0).uniform(20.0, 280.0, (68, 2))
    with pytest.raises(InputError, match="no face in a known order"):
        read_photo_landmarks(saved(tmp_path, scattered), PHOTO)


def test_named_points_and_those_placed_by_hand(tmp_path, seen):
    chosen = [30, 36, 45, 48, 54]
    names = [KNOWN.names[number] for number in chosen]
    exact = [True, False, False, True, False]
    found = read_photo_landmarks(saved(tmp_path, seen[chosen], names=names, exact=exact), PHOTO)
    assert found.order == IBUG and found.numbers.tolist() == chosen and found.exact.tolist() == exact


def test_mediapipe_points(tmp_path):
    points = np.random.default_rng(0).uniform(20.0, 280.0, (478, 3))
    np.save(tmp_path / "a.npy", points)
    found = read_photo_landmarks(tmp_path / "a.npy", PHOTO)
    assert found.order == DETECTED and found.points.shape == (478, 2)
    np.testing.assert_array_equal(found.numbers, np.arange(478))
    np.save(tmp_path / "a.npy", points[:468])
    assert read_photo_landmarks(tmp_path / "a.npy", PHOTO).order == DETECTED
    numbered = saved(tmp_path, points[[1, 33, 263, 61], :2], names=["1", "33", "263", "61"], order="detected")
    assert read_photo_landmarks(numbered, PHOTO).numbers.tolist() == [1, 33, 263, 61]


def test_the_105_are_numbered_by_the_users_embedding(tmp_path, monkeypatch):
    indices = np.random.default_rng(1).permutation(468)[:105]
    points = np.random.default_rng(0).uniform(20.0, 280.0, (105, 2))
    np.save(tmp_path / "a.npy", points)
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"mediapipe_landmark_embedding\.npz.*doctor"):
        read_photo_landmarks(tmp_path / "a.npy", PHOTO)
    weights = np.full((105, 3), 1.0 / 3.0)
    embedding = {"lmk_face_idx": np.arange(105), "lmk_b_coords": weights, "landmark_indices": indices}
    np.savez(tmp_path / "mediapipe_landmark_embedding.npz", **embedding)
    found = read_photo_landmarks(tmp_path / "a.npy", PHOTO)
    assert found.order == DETECTED
    np.testing.assert_array_equal(found.numbers, indices)


def test_ibug_text_counts_pixels_from_one(tmp_path, seen):
    # The middle of the first pixel is (1, 1) there, and (0.5, 0.5) here.
    lines = "\n".join(f"{x:.6f} {y:.6f}" for x, y in seen + 0.5)
    for text in (f"version: 1\nn_points:  68\n{{\n{lines}\n}}\n", lines):
        (tmp_path / "a.pts").write_text(text)
        np.testing.assert_allclose(read_photo_landmarks(tmp_path / "a.pts", PHOTO).points, seen, atol=1e-6)
    (tmp_path / "a.pts").write_text(f"version: 1\nn_points: 67\n{{\n{lines}\n}}\n")
    with pytest.raises(InputError, match="67 points are declared, but there are 68"):
        read_photo_landmarks(tmp_path / "a.pts", PHOTO)


def test_points_of_the_full_size_and_of_a_smaller_copy(tmp_path, seen):
    reduced = Photo(PHOTO.pixels, scale=0.25, name="large.jpg")
    found = read_photo_landmarks(saved(tmp_path, 4.0 * seen), reduced)
    np.testing.assert_allclose(found.points, seen)
    found = read_photo_landmarks(saved(tmp_path, 0.5 * seen, size=[200, 150]), reduced)
    np.testing.assert_allclose(found.points, seen)
    with pytest.raises(InputError, match=r"200 x 200 pixels.*large\.jpg"):
        read_photo_landmarks(saved(tmp_path, 0.5 * seen, size=[200, 200]), reduced)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((np.nan, 5.0), r"'nose tip' is NaN or infinite"),
        ((np.inf, 5.0), r"'nose tip' is NaN or infinite"),
        ((200.0, 900.0), r"'nose tip' at \(200, 900\) lies outside the photo portrait\.jpg of 400 x 300"),
        ((-30.0, 90.0), r"'nose tip' at \(-30, 90\) lies outside"),
    ],
)
def test_broken_points_are_named(tmp_path, seen, place, message):
    points = seen.copy()
    points[list(KNOWN.names).index("nose tip")] = place
    with pytest.raises(InputError, match=message):
        read_photo_landmarks(saved(tmp_path, points, names=KNOWN.names), PHOTO)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"points": [[1, 2, 3]]}, "two numbers x, y"),
        (
            {"points": [[1, 2]] * 3, "names": ["nose tip", "right eye outer corner", "jaw 9"]},
            "3 points; give at least 4",
        ),
        ({"points": [[1, 2]] * 5}, "5 points"),
        ({"points": [[1, 2]] * 4, "names": ["478", "1", "2", "3"], "order": "detected"}, "'478' is none"),
        ({"points": [[1, 2]] * 4, "names": ["1", "1", "2", "3"], "order": "detected"}, "'1' is there twice"),
        ({"points": [[1, 2]] * 4, "order": "dlib"}, "'order' should be"),
        ({"points": [[1, 2]] * 68, "exact": [True]}, "'exact' should hold"),
        ({"points": [[1, 2]] * 68, "size": [0, 5]}, "'size' should be"),
        ({"points": 5}, "two numbers|should look like"),
    ],
)
def test_what_is_no_landmark_file(tmp_path, document, message):
    (tmp_path / "a.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=message):
        read_photo_landmarks(tmp_path / "a.json", PHOTO)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("1 2")
    with pytest.raises(InputError, match=r"use one of \.npy, \.json, \.pts"):
        read_photo_landmarks(tmp_path / "a.txt", PHOTO)
    (tmp_path / "a.pts").write_text("one two")
    with pytest.raises(InputError, match="'one two' should be a column and a row"):
        read_photo_landmarks(tmp_path / "a.pts", PHOTO)
