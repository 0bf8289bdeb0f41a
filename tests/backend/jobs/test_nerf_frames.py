"""Cameras of transforms.json in the forms that NeRF, instant-ngp and nerfstudio write."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.jobs.camera_file import read_views

POSE = np.eye(4)
POSE[:3, :3] = Rotation.from_euler("XYZ", [20.0, -40.0, 5.0], degrees=True).as_matrix()
POSE[:3, 3] = 1.0, -2.0, 3.0
SIZE = {"w": 200, "h": 100}
FOCAL = {"fl_x": 250.0, "fl_y": 250.0}
# The fields of view of 250 pixels over 200 and over 100 pixels.
WIDE, TALL = 2.0 * np.arctan(100.0 / 250.0), 2.0 * np.arctan(50.0 / 250.0)
# How far k1 = 0.05 moves a corner, which lies at r^2 = 0.4^2 + 0.2^2: r k1 r^2, in pixels.
BENT = 250.0 * np.sqrt(0.2) * 0.05 * 0.2


def views_of(tmp_path, shared, frame=None, sizes=None):
    frame = {"file_path": "./images/a.01.png", "transform_matrix": POSE.tolist(), **(frame or {})}
    path = tmp_path / "transforms.json"
    path.write_text(json.dumps({**shared, "frames": [frame]}), encoding="utf-8")
    return read_views(path, sizes)


@pytest.mark.parametrize(
    ("shared", "frame"),
    [
        ({}, {**SIZE, **FOCAL, "cx": 100.0, "cy": 50.0}),
        ({**SIZE, "camera_angle_x": WIDE}, {}),
        ({**SIZE, "camera_angle_y": TALL}, {}),
        ({**SIZE, "camera_angle_x": WIDE, "camera_angle_y": TALL, "fl_x": None}, {}),
        ({"camera_angle_x": WIDE}, {"rotation": 0.01}),
        ({"w": 200.0, "h": 100.0, **FOCAL, "k1": 1e-6, "p1": 0.0, "aabb_scale": 16, "camera_model": "OPENCV"}, {}),
        ({**SIZE, **FOCAL}, {"transform_matrix": POSE[:3].tolist()}),
        ({**SIZE, **FOCAL}, {"transform_matrix": (POSE * (0.01, 0.01, 0.01, 1.0)).tolist()}),
    ],
    ids=["own", "angle", "angle of height", "both angles", "no size", "lens without distortion", "3 x 4", "scaled"],
)
def test_every_form_is_the_same_camera(tmp_path, shared, frame):
    (view,) = views_of(tmp_path, shared, frame, lambda name: (200, 100))
    assert (view.camera.width, view.camera.height, view.photo) == (200, 100, "./images/a.01.png")
    # What lies right of, above and before the camera is seen there: its third axis looks backwards.
    points = POSE[:3, 3] + np.array([[0.2, 0.0, -1.0], [0.0, 0.1, -1.0]]) @ POSE[:3, :3].T
    seen = (points @ view.camera.rotation.T + view.camera.translation) @ view.camera.matrix.T
    np.testing.assert_allclose(seen[:, :2] / seen[:, 2:], [[150.0, 50.0], [100.0, 25.0]], atol=1e-9)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"k1": 0.05}, rf"moves pixels by {BENT:.1f} .*undistort the pictures"),
        ({"camera_model": "OPENCV_FISHEYE"}, "model OPENCV_FISHEYE are not read"),
        ({"camera_angle_x": 0.0, "fl_x": None, "fl_y": None}, "an angle in radians between 0 and pi"),
        ({"fl_x": 0.0}, "'fl_x' is 0; a focal length is above 0"),
        ({"fl_x": None, "fl_y": None}, "neither 'fl_x' nor 'camera_angle_x'"),
        ({"transform_matrix": np.diag([1.0, 1.0, -1.0, 1.0]).tolist()}, "neither mirror nor shear"),
        ({"transform_matrix": np.diag([2.0, 1.0, 1.0, 1.0]).tolist()}, "neither mirror nor shear"),
        ({"transform_matrix": np.zeros((4, 4)).tolist()}, "neither mirror nor shear"),
        ({"transform_matrix": [[1.0]]}, "numbers of shape"),
        ({"w": "wide"}, "'w' should be a number"),
        ({"w": None, "h": None}, "'w' should be a number"),
    ],
)
def test_what_is_no_camera_without_distortion_is_told(tmp_path, change, told):
    with pytest.raises(InputError, match=f"frame 1: .*{told}"):
        views_of(tmp_path, {**SIZE, **FOCAL}, change)


def test_frames_of_unknown_size_are_passed_over(tmp_path):
    assert views_of(tmp_path, {"camera_angle_x": WIDE}, sizes=lambda name: None) == []
