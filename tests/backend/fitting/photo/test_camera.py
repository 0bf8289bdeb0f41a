import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.fitting.photo.camera import CameraPrior, focal_pixels, place
from headbridge.fitting.photo.state import step_size
from headbridge.fitting.photo.view import photo_camera
from headbridge.fitting.posable import Posed

from .posed_faces import SCREEN, posed_view


def _points():
    return np.random.default_rng(1).normal(size=(60, 3)) * (45.0, 60.0, 25.0)


@pytest.mark.parametrize("roll", [0.0, 90.0, 180.0, -60.0])
@pytest.mark.parametrize("yaw", [0.0, 60.0, -60.0])
def test_pose_is_recovered_at_any_roll_and_yaw(roll, yaw):
    points, focal = _points(), 900.0
    rotation = Rotation.from_euler("ZXY", (roll, 12.0, yaw), degrees=True).as_matrix()
    translation = np.array([40.0, -25.0, -600.0])
    seen = SCREEN.project(points @ rotation.T + translation, focal)
    found = place(points, seen, SCREEN, focal)
    assert np.allclose(found.rotation, rotation, atol=1e-4)
    assert np.allclose(found.translation, translation, atol=0.1)


def test_a_tenth_of_wrong_points_hardly_moves_the_pose():
    points, focal = _points(), 900.0
    rotation, translation = Rotation.from_euler("Y", 20, degrees=True).as_matrix(), np.array([0.0, 0.0, -700.0])
    seen = SCREEN.project(points @ rotation.T + translation, focal)
    seen[::10] += (60.0, -35.0)
    found = place(points, seen, SCREEN, focal)
    assert np.degrees(Rotation.from_matrix(found.rotation @ rotation.T).magnitude()) < 1.0


def test_unknown_focal_length_is_found_among_the_tried_ones():
    points = _points()
    focal = 1500.0
    translation = np.array([0.0, 0.0, -500.0])
    found = place(points, SCREEN.project(points + translation, focal), SCREEN)
    # The candidates are 22 % apart.
    assert abs(np.log(found.focal / focal)) < 0.25


def test_focal_length_goes_by_the_diagonal():
    assert np.isclose(focal_pixels(50.0, np.hypot(3600.0, 2400.0)), 5000.0)


@pytest.mark.parametrize("told", [None, np.log(1400.0)])
def test_camera_prior_has_the_slope_it_says(open_flame, told):
    term, view = CameraPrior(told), posed_view(open_flame, 0)
    posed = Posed(open_flame, view.head)
    matrix, right, cost = term.normal_equations(view, posed)
    assert np.isclose(cost, term.cost(view, posed))
    step = np.zeros(step_size(open_flame))
    for entry in (-2, -1):
        step[:] = 0.0
        step[entry] = 1e-5
        up, down = (term.cost(view.moved(sign * step), posed) for sign in (1, -1))
        assert np.isclose((up - down) / 2e-5, -2.0 * right[entry], rtol=1e-4, atol=1e-6)
    assert np.linalg.matrix_rank(matrix) == 1


def test_photo_camera_shows_the_upright_head_where_the_posed_one_is(open_flame):
    view = posed_view(open_flame, 3)
    camera = photo_camera(open_flame, view, SCREEN)
    rotations = view.head.rotations.copy()
    rotations[0] = np.eye(3)
    upright = type(view.head)(view.head.coefficients, rotations, np.zeros(3), 0.0)
    seen = (Posed(open_flame, upright).vertices() @ camera.rotation.T + camera.translation) @ camera.matrix.T
    expected = SCREEN.project(Posed(open_flame, view.head).vertices(), view.focal)
    assert np.allclose(seen[:, :2] / seen[:, 2:], expected, atol=1e-8)
