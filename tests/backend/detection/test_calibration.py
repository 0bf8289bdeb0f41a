"""The calibration of the detector's points: its frame, its symmetry, and its noise."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.detection.calibration import calibrated, calibrated_noise, upright_points
from headbridge.detection.noise import detector_noise
from headbridge.detection.surface_points import surface_points
from headbridge.topologies import load_builtin


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """(478, 3) pixels, about what the detector sees of a face that looks aside."""
    places = surface_points("hack").landmarks.evaluate(load_builtin("hack").vertices)
    turn = np.radians(25.0)
    turned = places @ np.array([[np.cos(turn), 0.0, -np.sin(turn)], [0.0, 1.0, 0.0], [np.sin(turn), 0.0, np.cos(turn)]])
    return turned * (2.0, -2.0, -2.0) + (256.0, 240.0, 0.0)


def test_points_go_upright_and_back(face):
    upright = upright_points(face)
    np.testing.assert_allclose(upright.to_picture(upright.points[:, :2]), face[:, :2], atol=1e-9)
    np.testing.assert_allclose(upright.from_picture(face[:, :2]), upright.points[:, :2], atol=1e-12)
    skin = upright.points[:468]
    np.testing.assert_allclose(skin.mean(axis=0), 0.0, atol=1e-12)
    assert 2.0 * np.sqrt((skin**2).sum(axis=1).mean()) == pytest.approx(1.0)
    # The forehead is straight above the chin.
    assert upright.points[10, 0] == pytest.approx(upright.points[152, 0]) and upright.points[10, 1] < 0.0


def test_what_is_corrected_follows_the_picture(face):
    """A picture that is turned, scaled and moved has its points corrected likewise."""
    turn = np.radians(37.0)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    other = 1.7 * np.column_stack([face[:, :2] @ rotation.T, face[:, 2]]) + (40.0, -12.0, 0.0)
    expected = 1.7 * calibrated(face) @ rotation.T + (40.0, -12.0)
    np.testing.assert_allclose(calibrated(other), expected, atol=1e-8)


def test_both_sides_are_corrected_alike(face):
    mirror = surface_points("hack").mirror
    mirrored = (face * (-1.0, 1.0, 1.0))[mirror]
    apart = np.abs(calibrated(mirrored) - (calibrated(face) * (-1.0, 1.0))[mirror])
    moved = np.abs(calibrated(face) - face[:, :2])
    assert apart.max() < 0.02 * upright_points(face).size and apart.mean() < 0.1 * moved.mean()


def test_points_without_a_place_stay(face):
    numbers = detector_noise().numbers
    np.testing.assert_array_equal(calibrated_noise().numbers, numbers)
    assert not calibrated_noise().bias.any()
    others = np.setdiff1d(np.arange(478), numbers)
    np.testing.assert_allclose(calibrated(face)[others], face[others, :2], atol=1e-9)
    assert np.abs(calibrated(face)[numbers] - face[numbers, :2]).max() > 0.5
