"""Views are what a pinhole camera sees."""

import numpy as np
import pytest

from headbridge.detection.on_meshes.camera import Camera, looking


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (30, -20), (-90, 10), (180, 0)])
def test_axes_are_a_right_handed_frame(yaw, pitch):
    axes = looking(yaw, pitch)
    assert np.allclose(axes @ axes.T, np.eye(3)) and np.isclose(np.linalg.det(axes), 1.0)
    assert axes[1, 1] > 0.0 and np.isclose(axes[0, 1], 0.0)


def test_a_positive_yaw_is_on_the_subjects_left_and_a_positive_pitch_above():
    assert np.allclose(looking(90, 0)[2], (1, 0, 0)) and np.allclose(looking(0, 90)[2], (0, 1, 0))


def test_rays_meet_the_plane_of_the_target_where_the_picture_says():
    camera = Camera(looking(25, -10), np.array([3.0, -2.0, 7.0]), 50.0, 200)
    pixels = np.array([[100.0, 100.0], [200.0, 0.0], [0.5, 150.0]])
    rays = camera.directions(pixels)
    length = np.linalg.norm(camera.position - camera.target)
    points = camera.position + rays * (length / -(rays @ camera.axes[2]))[:, None]
    across = np.stack([(pixels[:, 0] / 100.0 - 1.0) * 50.0, (1.0 - pixels[:, 1] / 100.0) * 50.0], axis=1)
    assert np.allclose(points, camera.target + across @ camera.axes[:2])


def test_pixels_are_counted_row_by_row_from_their_centres():
    centres = Camera(np.eye(3), np.zeros(3), 1.0, 3).pixel_centres()
    assert centres[0].tolist() == [0.5, 0.5] and centres[1].tolist() == [1.5, 0.5] and centres[3].tolist() == [0.5, 1.5]
