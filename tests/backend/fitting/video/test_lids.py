"""How far lids are open, read in drawn eyes, and what a frame makes of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headbridge.fitting.gauss_newton import LevenbergMarquardt
from headbridge.fitting.photo.prior import photo_prior
from headbridge.fitting.video.frame_problem import FrameModel, FrameProblem
from headbridge.fitting.video.lids import EyeColours, EyeMap, LidGaps, openness
from headbridge.fitting.video.watching import SeenPoints

from .scripted import FOCAL, SCREEN, Script, ScriptedHead

SKIN, WHITE, IRIS = (190, 140, 120), (225, 220, 215), (70, 50, 40)
UPPER, LOWER = (33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)


@pytest.fixture(scope="module")
def head() -> ScriptedHead:
    return ScriptedHead()


def drawn(points: np.ndarray, share: float, light: float = 1.0) -> np.ndarray:
    """(512, 512, 3) uint8 of skin with the right eye, open by a share of its rims."""
    picture = np.full((512, 512, 3), SKIN, np.uint8)
    upper, lower = points[list(UPPER)], points[list(LOWER)]
    rim = np.concatenate([lower + share * (upper - lower), lower[::-1]])
    eye = np.zeros((512, 512), np.uint8)
    cv2.fillPoly(eye, [np.rint(16.0 * rim).astype(np.int32)], 1, shift=4)
    iris = np.zeros_like(eye)
    cv2.circle(iris, np.rint(points[[159, 145]].mean(axis=0)).astype(int).tolist(), 6, 1, cv2.FILLED)
    picture[eye > 0] = WHITE
    picture[(eye & iris) > 0] = IRIS
    noise = np.random.default_rng(int(1e4 * share)).normal(0.0, 3.0, picture.shape)
    return np.clip(light * picture + noise, 0.0, 255.0).astype(np.uint8)


def test_lids_are_read_as_far_open_as_they_are_drawn(head):
    count = 60
    blink = np.zeros(count)
    blink[[20, 21, 22, 23, 24, 45, 46, 47]] = (0.4, 0.8, 1.0, 0.7, 0.3, 0.5, 1.0, 0.5)
    script = Script.of(count, yaw=np.linspace(-15.0, 15.0, count))
    eye, looks, states = EyeMap(head.person, 0), [], [head.state(script, row) for row in range(count)]
    for row, state in enumerate(states):
        # The light goes, too: lids are told by colours compared to the skin around.
        picture = drawn(head.points(state), 1.0 - blink[row], 1.0 - 0.4 * row / count)
        looks.append(eye.look(state, SCREEN, FOCAL, picture))
    colours = EyeColours(eye, looks)
    areas = np.array([[colours.area(look)] for look in looks])
    read = 1.0 - openness(areas, np.array([state.rotations[0] for state in states]))[:, 0]
    assert np.abs(read - blink).max() < 0.12
    assert np.abs(read - blink).mean() < 0.03


def test_what_shows_no_eye_is_not_read(head):
    state = head.state(Script.of(1), 0)
    eye = EyeMap(head.person, 0)
    looks = [eye.look(state, SCREEN, FOCAL, np.full((512, 512, 3), SKIN, np.uint8))] * 3
    colours = EyeColours(eye, looks)
    assert not colours.told
    areas = np.full((3, 2), colours.area(looks[0]))
    assert np.isnan(openness(areas, np.tile(np.eye(3), (3, 1, 1)))).all()


def test_who_only_narrows_the_eyes_has_not_blinked():
    areas = np.ones((100, 1))
    areas[40:45] = 0.7
    areas[70] = np.nan
    read = openness(areas, np.tile(np.eye(3), (100, 1, 1)))[:, 0]
    assert np.isnan(read[70])
    np.testing.assert_allclose(read[40:45], 0.7)
    # Where lids are shut a crease shows still.
    areas[80:83] = 0.2
    read = openness(areas, np.tile(np.eye(3), (100, 1, 1)))[:, 0]
    np.testing.assert_allclose(read[[0, 41, 81]], [1.0, 0.5 / 0.8, 0.0])


def test_a_frame_shuts_lids_that_the_detector_leaves_open(head):
    model = FrameModel.of(head.person, photo_prior(head.head))
    gaps = LidGaps.of(head.person)
    assert (gaps.shut < 0.5 * gaps.open).all()
    state = head.state(Script.of(1), 0)
    points = head.points(state)
    for read in (0.3, 1.0):
        found = LevenbergMarquardt(limit=12, tolerance=1e-3, noise_tolerance=0.0).minimise(
            FrameProblem.of(model, SeenPoints(points, np.full(2, read)), state), state, 1.0
        )
        apart = gaps.open + gaps.slopes @ found.coefficients
        np.testing.assert_allclose(apart, gaps.shut + read * (gaps.open - gaps.shut), atol=0.15 * gaps.open.max())
        blinks = [found.coefficients[head.head.expression_names.index(name)] for name in ("eyeBlink_L", "eyeBlink_R")]
        # What the detector sees of the lower lids, too, is a squint.
        assert (np.array(blinks) > 0.45).all() if read < 1.0 else (np.array(blinks) < 0.05).all()
