import numpy as np
import pytest

from headbridge.detection.parsing.aligned import AREAS, INPUTS, aligned_crop, landmark_areas, network_input
from headbridge.detection.surface_points import surface_points
from headbridge.topologies import load_builtin


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    """(478, 2) the detector's points on the mean head from the front, in a picture of 200 pixels."""
    placed = surface_points("hack").landmarks.evaluate(load_builtin("hack").vertices)[:, :2] * (0.6, -0.6)
    return placed - placed.mean(axis=0) + 100.0


def in_crop(points: np.ndarray) -> np.ndarray:
    matrix = aligned_crop(points).matrix
    return points @ matrix[:, :2].T + matrix[:, 2]


@pytest.mark.parametrize("degrees", [-150.0, 20.0, 90.0])
def test_a_face_looks_the_same_turned_moved_and_enlarged(points, degrees):
    turn = np.radians(degrees)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = 3.0 * points @ rotation.T + (40.0, -70.0)
    assert np.allclose(in_crop(moved), in_crop(points), atol=1e-6)
    upright = in_crop(moved)
    assert abs(upright[10, 0] - upright[152, 0]) < 1e-6 and upright[10, 1] < upright[152, 1]


def test_areas_lie_within_each_other(points):
    oval, brows, eyes, lips, mouth = landmark_areas(in_crop(points), 128)
    assert oval.mean() > 0.15
    for inner, outer in ((brows, oval), (eyes, oval), (lips, oval), (mouth, lips)):
        assert (outer[inner > 0] > 0).mean() > 0.95
    assert not (eyes * brows).any() and not (eyes * lips).any()


def test_colours_are_told_against_the_cheeks(points):
    rgb = np.full((128, 128, 3), (0.6, 0.4, 0.3), np.float32)
    given = network_input(rgb, in_crop(points))
    assert given.shape == (INPUTS, 128, 128)
    assert np.abs(given[3:6]).max() < 1e-6
    brighter = network_input(rgb * 1.3, in_crop(points))
    assert np.abs(brighter[3:6]).max() < 1e-6 and (brighter[:3] > given[:3]).all()
    assert set(np.unique(given[-AREAS:])) == {-1.0, 1.0}
