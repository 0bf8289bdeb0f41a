"""Fitting again: nothing moved is the fit bit for bit; a pin is followed where it is and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.detection.ibug import ibug_weights
from headbridge.errors import InputError
from headbridge.fitting.photo.fit import fit_photo
from headbridge.fitting.photo.job import (
    DETECTED,
    IBUG,
    FitPhotoInput,
    FitPhotoResult,
    FitPhotoSettings,
    PhotoLandmarks,
    PhotoView,
)
from headbridge.fitting.photo.kept_fit import kept_fit
from headbridge.fitting.photo.made_of import digest
from headbridge.fitting.photo_landmark_files import read_left_out
from headbridge.images import Photo
from headbridge.topologies import load_topology

from .posed_faces import SCREEN, exact_face, posed_view

TABLE = load_topology("flame").landmarks_68
pytestmark = pytest.mark.slow

SETTINGS = FitPhotoSettings(model="open-flame", landmarks_only=True)
LIP, CHIN = TABLE.names.index("right lip corner"), 8


def view_of(open_flame, seed: int = 3, pins: PhotoLandmarks | None = None) -> PhotoView:
    """A photo that shows nothing, with the detector's points of a known head."""
    face = exact_face(open_flame, posed_view(open_flame, seed, yaw=10.0), order=DETECTED)
    pixels = np.random.default_rng(seed).random((SCREEN.height, SCREEN.width, 3), np.float32)
    return PhotoView(Photo(pixels, name="a.png"), face.landmarks, None, pins)


@pytest.fixture(scope="module")
def first(open_flame):
    return fit_photo(FitPhotoInput((view_of(open_flame),)), SETTINGS)


def seen(result: FitPhotoResult) -> np.ndarray:
    """(68, 2) pixels of the fitted landmarks."""
    camera = result.views[0].camera
    points = (TABLE.evaluate(result.fit.vertices) @ camera.rotation.T + camera.translation) @ camera.matrix.T
    return points[:, :2] / points[:, 2:]


def millimetre(result: FitPhotoResult) -> float:
    """Pixels."""
    return result.views[0].metrics["focal_px"] / result.views[0].metrics["distance_mm"]


def moved_pin(result: FitPhotoResult, number: int, across: float, down: float) -> PhotoLandmarks:
    """A landmark that many mm from where the fit has it."""
    place = seen(result)[number] + millimetre(result) * np.array([across, down])
    return PhotoLandmarks(place[None], np.array([number]), IBUG)


def again(open_flame, first: FitPhotoResult, pins: PhotoLandmarks | None) -> FitPhotoResult:
    return fit_photo(FitPhotoInput((view_of(open_flame, pins=pins),), kept=first.kept), SETTINGS)


def test_nothing_moved_changes_nothing(open_flame, first):
    kept = kept_fit(first.kept.arrays(), "state.npz")
    result = fit_photo(FitPhotoInput((view_of(open_flame),), kept=kept), SETTINGS)
    np.testing.assert_array_equal(result.fit.vertices, first.fit.vertices)
    np.testing.assert_array_equal(seen(result), seen(first))
    assert result.stages[0].steps == 0 < first.stages[0].steps
    assert result.views[0].metrics == first.views[0].metrics and result.notes == first.notes


@pytest.mark.parametrize(("name", "across", "down"), [("right lip corner", -4.0, 2.0), ("nose tip", 3.0, 0.0)])
def test_a_moved_point_is_followed_there_and_the_head_does_not_turn(open_flame, first, name, across, down):
    number = TABLE.names.index(name)
    pins = moved_pin(first, number, across, down)
    result = again(open_flame, first, pins)
    before, after = seen(first), seen(result)
    left = np.linalg.norm(after[number] - pins.points[0])
    assert left < 0.4 * np.hypot(across, down) * millimetre(first)
    turn = result.views[0].camera.rotation @ first.views[0].camera.rotation.T
    assert np.degrees(Rotation.from_matrix(turn).magnitude()) < 0.3
    assert result.views[0].metrics["distance_mm"] == pytest.approx(first.views[0].metrics["distance_mm"], rel=0.002)
    places = TABLE.evaluate(first.fit.vertices)
    far = np.linalg.norm(places - places[number], axis=1) > 40.0
    assert np.linalg.norm(after - before, axis=1)[far].mean() < 1.0 * millimetre(first)


def test_a_pin_on_the_chin_takes_the_outline_along(open_flame, first):
    result = again(open_flame, first, moved_pin(first, CHIN, 0.0, 5.0))
    lower = (seen(result) - seen(first))[CHIN, 1] / millimetre(first)
    assert 1.0 < lower < 6.0, lower


def test_the_same_pins_give_the_same_head_from_wherever(open_flame, first):
    pins = moved_pin(first, LIP, -4.0, 2.0)
    anew = fit_photo(FitPhotoInput((view_of(open_flame, pins=pins),)), SETTINGS)
    kept = again(open_flame, first, pins)
    np.testing.assert_array_equal(anew.fit.vertices, kept.fit.vertices)
    # And without them it is as it was before.
    back = fit_photo(FitPhotoInput((view_of(open_flame),), kept=kept.kept), SETTINGS)
    np.testing.assert_array_equal(back.fit.vertices, first.fit.vertices)


def test_another_photo_or_setting_is_fitted_anew_and_told(open_flame, first):
    for view, settings in (
        (view_of(open_flame, seed=4), SETTINGS),
        (view_of(open_flame), replace(SETTINGS, prior=2.0)),
    ):
        result = fit_photo(FitPhotoInput((view,), kept=first.kept), settings)
        assert result.stages[0].steps > 0 and "fitted anew" in result.notes[-1]
    painted = fit_photo(FitPhotoInput((view_of(open_flame),), kept=first.kept), replace(SETTINGS, size=512))
    assert painted.stages[0].steps == 0


def test_a_pin_of_another_landmark_is_told(open_flame, first):
    exchanged = PhotoLandmarks(seen(first)[[54]], np.array([LIP]), IBUG)
    with pytest.raises(InputError, match="the pin of 'right lip corner' lies 5. mm from"):
        again(open_flame, first, exchanged)


def test_what_is_no_kept_fit_is_told(first):
    arrays = first.kept.arrays()
    broken = [{**arrays, name: arrays[name][..., None]} for name in ("coefficients", "rotations", "log_focals")]
    broken += [{**arrays, "identity": np.full(3, np.nan)}, {**arrays, "made_of": np.array(1.0)}]
    broken += [{name: value for name, value in arrays.items() if name != "albedo"}]
    for one in broken:
        with pytest.raises(InputError, match="a.npz: this is no state of a photo fit"):
            kept_fit(one, "a.npz")


def test_a_landmark_that_is_left_out_is_not_followed(open_flame, first):
    view = view_of(open_flame)
    marks = view.landmarks
    spoiled = marks.points.copy()
    spoiled[ibug_weights()[LIP - 17][marks.numbers] > 0.0] += 8.0 * millimetre(first)
    view = replace(view, landmarks=replace(marks, points=spoiled))
    left_out = replace(view, left_out=np.array([LIP]))
    followed, freed = (seen(fit_photo(FitPhotoInput((each,)), SETTINGS))[LIP] for each in (view, left_out))
    wrong = np.linalg.norm(followed - seen(first)[LIP])
    # Neighbours hold it, too, so that it does not go all of 8 mm.
    assert wrong > 0.3 * millimetre(first)
    assert np.linalg.norm(freed - seen(first)[LIP]) < 0.3 * wrong
    # A fit as it was before is another one.
    assert digest((view,), SETTINGS) != digest((left_out,), SETTINGS)


@pytest.mark.parametrize(("text", "numbers"), [('["nose tip", "jaw 9"]', [30, 8]), ("[]", None)])
def test_left_out_landmarks_are_read(tmp_path, text, numbers):
    path = tmp_path / "pins.json"
    path.write_text('{"points": [], "names": [], "left_out": ' + text + "}")
    found = read_left_out(path)
    assert (found if found is None else found.tolist()) == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('["nose"]', "'left_out' names 'nose', which is no landmark"),
        ('"nose tip"', "'left_out' should be a list of landmarks' names"),
        ("[30]", "'left_out' should be a list of landmarks' names"),
    ],
)
def test_left_out_landmarks_that_do_not_exist(tmp_path, text, message):
    path = tmp_path / "pins.json"
    path.write_text('{"points": [], "names": [], "left_out": ' + text + "}")
    with pytest.raises(InputError, match=message):
        read_left_out(path)
