"""A face spread out as a picture, and what the pictures say of how its skin moved."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from headbridge.fitting.photo.posed_photo import PosedPhoto
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.posable import HeadState, Posed
from headbridge.fitting.video.aligning import _at, _moved, _points_on
from headbridge.fitting.video.face_map import SIDE, FaceMap, SpreadFrame
from headbridge.topologies import load_builtin

from .scripted import FOCAL, SCREEN, Script, ScriptedHead

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def head() -> ScriptedHead:
    return ScriptedHead(3)


@pytest.fixture(scope="module")
def face(head) -> FaceMap:
    return FaceMap(head.person)


def pattern(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(height, width) float32, smooth spots between 60 and 200."""
    spots = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32), (0, 0), 3.0)
    return 130.0 + 70.0 * np.clip(spots / (2.0 * spots.std()), -1.0, 1.0)


def test_a_shift_is_found_under_other_light_and_the_hidden_is_left_out():
    mean, shift = pattern(SIDE, SIDE), np.array([2.5, -1.5])
    shifted = cv2.warpAffine(mean, np.float32([[1, 0, shift[0]], [0, 1, shift[1]]]), (SIDE, SIDE))
    row, column = np.mgrid[:SIDE, :SIDE].astype(np.float32) + 0.5
    places = np.stack([2.0 * column + 10.0, 2.0 * row - 5.0], axis=2)
    facing = np.where(column < 200, 1.0, 0.0).astype(np.float32)
    lit = shifted * (0.5 + 0.8 * row / SIDE)
    texels = np.stack(np.meshgrid(np.arange(40.0, 250.0, 15.0), np.arange(40.0, 220.0, 15.0)), axis=2).reshape(-1, 2)
    found = _moved(mean, SpreadFrame(lit, places, facing), texels, cv2.DISOpticalFlow_create(1))
    hidden = texels[:, 0] > 205.0
    assert np.isnan(found[hidden]).all()
    inner = texels[:, 0] < 180.0
    wanted = 2.0 * (texels + shift) + (10.0, -5.0)
    off = np.linalg.norm(found - wanted, axis=1)[inner]
    assert np.median(off) < 0.2 and off.max() < 0.8


def test_points_of_a_turned_head_lie_where_the_map_says(head, face):
    texels, followed = _points_on(face, head.person)
    assert 40 < followed.sum()
    state = head.state(Script.of(1, yaw=20.0, pitch=-10.0, jaw=5.0), 0)
    spread = face.frame(state, SCREEN, FOCAL, np.zeros((512, 512, 3), np.uint8))
    seen = followed & (_at(spread.facing, texels) > 0.4)
    off = np.linalg.norm(_at(spread.places, texels) - head.points(state), axis=1)[seen]
    # A texel is 0.8 mm wide, and a millimetre is 1.2 pixels.
    # Beside nose and lips a texel may be of what lies behind.
    assert seen.sum() > 30 and np.median(off) < 0.4 and np.percentile(off, 90.0) < 1.5


def test_pictures_tell_what_a_state_is_off_by(head, face):
    """States that are off by as much as a detector's are under other poses: the mean of the film sets points right, but for
    what is the same in all frames."""
    turns = np.array([-20.0, -12.0, -4.0, 4.0, 12.0, 20.0])
    script = Script.of(len(turns), yaw=turns)
    template = load_builtin("flame")
    texture = torch.from_numpy(np.repeat(pattern(512, 512, 1)[..., None] / 255.0, 3, axis=2).astype(np.float32))[None]
    matrix = np.array([[FOCAL, 0.0, 256.0], [0.0, FOCAL, 256.0], [0.0, 0.0, 1.0]])
    light = np.zeros((9, 3))
    light[0], light[1] = 2.8, 0.8
    texels, followed = _points_on(face, head.person)
    truths, given, spreads = [], [], []
    for row in range(len(turns)):
        state = head.state(script, row)
        whole = HeadState(head.coefficients, state.rotations, state.translation, 0.0)
        photo = PosedPhoto(np.zeros((512, 512, 3), np.float32), Posed(head.head, whole).vertices(), matrix, light)
        pixels = np.rint(255.0 * np.clip(PhotoRender(photo, template).colours(texture), 0.0, 1.0)).astype(np.uint8)
        rotations = state.rotations.copy()
        rotations[0] = Rotation.from_euler("Y", 0.1 * turns[row], degrees=True).as_matrix() @ rotations[0]
        off = replace(state, rotations=rotations)
        truths.append(head.points(state))
        given.append(head.points(off))
        spreads.append(face.frame(off, SCREEN, FOCAL, pixels))
    weight = np.array([np.where(spread.facing > 0.25, spread.facing**2, 0.0) for spread in spreads])
    grey = np.array([spread.grey for spread in spreads])
    mean = (weight * grey).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-3)
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = np.full((len(turns), 478, 2), np.nan)
    for row, spread in enumerate(spreads):
        found[row, followed] = _moved(mean.astype(np.float32), spread, texels[followed], flow)

    def unsteady(points: np.ndarray) -> float:
        """Pixels by which points are off, root mean square, but for what is the same in all frames."""
        apart = (points - np.array(truths))[:, np.isfinite(found).all(axis=(0, 2))]
        return float(np.sqrt(((apart - apart.mean(axis=0)) ** 2).mean()))

    assert np.isfinite(found).all(axis=(0, 2)).sum() > 25
    assert unsteady(found) < 0.4 * unsteady(np.array(given))
