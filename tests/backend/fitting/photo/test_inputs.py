"""What is wrong with photos, masks and landmarks is told in one line."""

from dataclasses import replace

import numpy as np
import pytest

from headbridge.detection.faces import NoFace
from headbridge.errors import InputError
from headbridge.fitting.photo.fit import fit_photo
from headbridge.fitting.photo.inputs import other_faces, see_face, see_faces
from headbridge.fitting.photo.job import DETECTED, IBUG, FitPhotoInput, FitPhotoSettings, PhotoLandmarks, PhotoView
from headbridge.fitting.photo.judging import judge
from headbridge.images import Photo
from headbridge.progress import Progress

from .posed_faces import exact_face, posed_view

SIZE = (480, 640)


def _photo(**rest):
    return Photo(np.full((*SIZE, 3), 0.5, np.float32), **rest)


def _landmarks(points, numbers=None, order=IBUG):
    points = np.asarray(points, np.float64)
    return PhotoLandmarks(points, np.arange(17, 17 + len(points)) if numbers is None else numbers, order)


GOOD = np.stack([np.linspace(100, 300, 20), np.linspace(90, 260, 20)], axis=1)


@pytest.mark.parametrize(
    ("landmarks", "message"),
    [
        (_landmarks(GOOD[:4]), "at least 6"),
        (_landmarks(GOOD + 5000.0), "outside"),
        (_landmarks(np.where(np.eye(20, 2) > 0, np.nan, GOOD)), "NaN"),
        (_landmarks(GOOD / 500.0), "pixels"),
        (_landmarks(GOOD, np.arange(60, 80)), "0 to 67"),
        (_landmarks(GOOD, np.arange(470, 490), DETECTED), "0 to 477"),
        (_landmarks(GOOD, np.arange(7)), r"\(7, 2\)"),
    ],
)
def test_bad_landmarks(landmarks, message):
    with pytest.raises(InputError, match=message):
        see_face(PhotoView(_photo(), landmarks), FitPhotoSettings(), Progress())


def test_mask_of_another_size():
    with pytest.raises(InputError, match="640 x 480"):
        see_face(PhotoView(_photo(), _landmarks(GOOD), np.ones((10, 10), bool)), FitPhotoSettings(), Progress())


def test_no_photo_and_no_face():
    with pytest.raises(InputError, match="at least one"):
        fit_photo(FitPhotoInput(()))


def test_told_focal_length_goes_before_the_cameras_own():
    view = PhotoView(_photo(focal_mm_35=50.0), _landmarks(GOOD))
    own = see_face(view, FitPhotoSettings(), Progress()).focal
    assert np.isclose(own, 50.0 / np.hypot(36.0, 24.0) * np.hypot(*SIZE))
    assert np.isclose(see_face(view, FitPhotoSettings(focal=100.0), Progress()).focal, 2.0 * own)


def test_photos_without_a_face_are_left_out_and_told(monkeypatch):
    def find_no_face(photo, *_):
        raise NoFace(f"{photo.name}: no face was found.")

    monkeypatch.setattr("headbridge.fitting.photo.inputs.find_face", find_no_face)
    given, empty = PhotoView(_photo(), _landmarks(GOOD)), PhotoView(replace(_photo(), name="back.png"))
    faces, used, left_out = see_faces((empty, given), FitPhotoSettings(), Progress())
    assert len(faces) == 1 and used == (1,) and left_out == ["back.png was left out: no face was found in it."]
    with pytest.raises(InputError, match="back.png: no face"):
        see_faces((empty,), FitPhotoSettings(), Progress())


def test_photos_with_several_faces_are_told():
    face = see_face(PhotoView(_photo(), _landmarks(GOOD)), FitPhotoSettings(), Progress())
    party = replace(face, name="party.jpg", among=5)
    assert other_faces((face, party), 1) == [
        "party.jpg: 5 faces were found; the largest is fitted. Another is chosen by its number (Face, --face)."
    ]
    assert "number 3 by size is fitted" in other_faces((party,), 3)[0]


@pytest.mark.slow
def test_a_face_that_the_detector_is_not_sure_of_is_told(open_flame):
    face = exact_face(open_flame, posed_view(open_flame, 2))
    doubted = replace(face, doubt="half of it is hidden")
    settings = FitPhotoSettings(model="open-flame", landmarks_only=True)
    result = fit_photo(FitPhotoInput((PhotoView(_photo(), face.landmarks),)), settings)
    assert judge((face,), result.views, [], []).level == "good" == result.verdict.level
    verdict = judge((doubted,), result.views, [], ["back.png was left out."])
    assert verdict.level == "check" and [reason.text for reason in verdict.reasons] == [
        "back.png was left out.",
        "photo: half of it is hidden.",
    ]
    both = judge((face, face), result.views * 2, [0, 1], [])
    assert "photo and photo do not show one person" in both.line


def test_mask_and_alpha_weigh_together():
    mask, alpha = np.zeros(SIZE, bool), np.full(SIZE, 0.5, np.float32)
    mask[:100] = True
    weights = see_face(PhotoView(_photo(alpha=alpha), _landmarks(GOOD), mask), FitPhotoSettings(), Progress()).weights
    assert (weights[:100] == 0.5).all() and (weights[100:] == 0.0).all()


def test_landmarks_only_gives_head_camera_and_overlay_without_texture(open_flame):
    state = posed_view(open_flame, 2)
    view = PhotoView(_photo(), exact_face(open_flame, state).landmarks)
    settings = FitPhotoSettings(model="open-flame", landmarks_only=True)
    pictures = []
    result = fit_photo(FitPhotoInput((view,)), settings, preview=pictures.append)
    assert result.texture is None and result.turntable is None and [log.name for log in result.stages] == ["landmarks"]
    assert (result.fit.coefficients["root"] == 0.0).all() and (result.fit.coefficients["translation"] == 0.0).all()
    assert result.views[0].overlay.shape == (*SIZE, 3) and max(pictures[0].shape) == 512
    assert result.metrics["landmark_error"] < 0.02
    camera, landmarks = result.views[0].camera, result.views[0].landmarks
    seen = (result.fit.vertices @ camera.rotation.T + camera.translation) @ camera.matrix.T
    low, high = (seen[:, :2] / seen[:, 2:]).min(axis=0), (seen[:, :2] / seen[:, 2:]).max(axis=0)
    assert (landmarks.fitted > low).all() and (landmarks.fitted < high).all()
