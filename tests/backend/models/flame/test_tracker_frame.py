"""metrical-tracker's frames: codes, camera, and the head's pose moved into the camera and back."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.models.flame import FlameParameters
from headbridge.models.flame.layouts import METRICAL_TRACKER
from headbridge.models.flame.tracker_frame import (
    CameraPose,
    head_at_origin,
    head_in_camera,
    pytorch3d_pose,
    tracker_frame,
)
from headbridge.models.torch_pickle import parse_torch_archive

HEIGHT, WIDTH = 480, 640
# The camera before the face at 1 m, turned a little; PyTorch3D: x_camera = x R + t, x to the left, y up.
R_PYTORCH3D = Rotation.from_euler("yxz", [180.0 + 12.0, -5.0, 3.0], degrees=True).as_matrix()[None]
T_PYTORCH3D = np.array([[0.02, -0.01, 1.0]])
FOCAL, CENTRE = 5.0, np.array([0.1, -0.05])


def projected_by_pytorch3d(points: np.ndarray) -> np.ndarray:
    """(N, 2) pixels of (N, 3) points in metres, by the definition of PyTorch3D's perspective camera in NDC."""
    seen = points @ R_PYTORCH3D[0] + T_PYTORCH3D[0]
    ndc = FOCAL * seen[:, :2] / seen[:, 2:] + CENTRE
    return 0.5 * np.array([WIDTH, HEIGHT]) - 0.5 * min(WIDTH, HEIGHT) * ndc


def frame(**changes) -> dict:
    random = np.random.default_rng(9)
    eyes = np.tile(np.eye(3)[:2].reshape(1, 6), (1, 2)).astype(np.float32)
    stored = {
        "flame": {
            "exp": random.normal(size=(1, 100)).astype(np.float32),
            "shape": random.normal(size=(1, 300)).astype(np.float32),
            "tex": np.zeros((1, 140), np.float32),
            "sh": np.ones((1, 9, 3), np.float32),
            "eyes": eyes,
            "eyelids": np.array([[0.25, -0.5]], np.float32),
            "jaw": Rotation.from_rotvec([[0.2, 0.0, 0.0]]).as_matrix()[:, :2].reshape(1, 6).astype(np.float32),
        },
        "camera": {
            "R": R_PYTORCH3D[:, :2].reshape(1, 6),
            "t": T_PYTORCH3D,
            "fl": np.array([[FOCAL]]),
            "pp": CENTRE[None],
        },
        "img_size": np.array([HEIGHT, WIDTH]),
        "frame_id": "00012",
        "global_step": 12,
    }
    return {**stored, **changes}


@pytest.fixture
def read(tmp_path):
    def run(stored):
        stream = io.BytesIO()
        torch.save(stored, stream)
        path = tmp_path / "00012.frame"
        path.write_bytes(stream.getvalue())
        return tracker_frame(parse_torch_archive(path.read_bytes(), str(path)), str(path))

    return run


def test_what_a_frame_holds(read):
    stored = frame()
    result, parameters = read(stored), METRICAL_TRACKER.read(stored["flame"])
    np.testing.assert_allclose(parameters.identity, stored["flame"]["shape"])
    np.testing.assert_allclose(parameters.jaw, [[0.2, 0.0, 0.0]], atol=1e-6)
    np.testing.assert_allclose(parameters.left_eye, 0.0, atol=1e-12)
    np.testing.assert_array_equal(parameters.eyelids, [[0.25, -0.5]])
    assert result.image_size == (HEIGHT, WIDTH) and result.frame == "00012"
    assert result.texture.shape == (140,) and result.light.shape == (9, 3)


def test_the_camera_sees_what_pytorch3ds_camera_sees(read):
    result = read(frame())
    points = np.random.default_rng(1).normal(0.0, 0.1, (20, 3))
    seen = 1000.0 * points @ result.camera.rotation[0].T + result.camera.translation[0]
    assert (seen[:, 2] > 500.0).all()
    pixels = (seen @ result.intrinsics.T)[:, :2] / seen[:, 2:]
    np.testing.assert_allclose(pixels, projected_by_pytorch3d(points), atol=1e-9)


def test_the_trackers_camera_comes_back(read):
    six, translation = pytorch3d_pose(read(frame()).camera)
    np.testing.assert_allclose(six, R_PYTORCH3D[:, :2].reshape(1, 6), atol=1e-12)
    np.testing.assert_allclose(translation, T_PYTORCH3D, atol=1e-12)


def test_the_stored_opencv_camera_is_taken_as_it_is(read):
    computed = read(frame())
    opencv = {
        "R": torch.from_numpy(computed.camera.rotation),
        "t": torch.from_numpy(computed.camera.translation / 1000.0),
        "K": torch.from_numpy(computed.intrinsics)[None],
    }
    result = read(frame(opencv=opencv))
    np.testing.assert_allclose(result.camera.rotation, computed.camera.rotation)
    np.testing.assert_allclose(result.camera.translation, computed.camera.translation)
    np.testing.assert_allclose(result.intrinsics, computed.intrinsics)


def test_the_heads_pose_goes_into_the_camera_and_back(flame_model, random_parameters):
    parameters = random_parameters(2)
    still = dataclasses.replace(parameters, root=0 * parameters.root, translation=0 * parameters.translation)
    rest = flame_model(still)
    root_joint = rest.joints[:, 0].numpy()
    camera = CameraPose(
        Rotation.from_rotvec([[0.1, 3.0, 0.2], [1.0, 0.2, -0.5]]).as_matrix(), np.array([[5.0, -3, 900], [1, 2, 700]])
    )
    posed = flame_model(parameters).vertices.numpy()
    seen = np.einsum("bij,bvj->bvi", camera.rotation, posed) + camera.translation[:, None]

    inside = head_in_camera(parameters, root_joint, camera)
    np.testing.assert_allclose(flame_model(inside).vertices.numpy(), seen, atol=1e-9)
    origin, pose = head_at_origin(inside, root_joint)
    assert not origin.root.any() and not origin.translation.any()
    back = np.einsum("bij,bvj->bvi", pose.rotation, flame_model(origin).vertices.numpy()) + pose.translation[:, None]
    np.testing.assert_allclose(back, seen, atol=1e-9)


def test_eyelids_keep_the_pose_in_the_camera():
    parameters = FlameParameters(eyelids=torch.tensor([[0.5, 0.0]]))
    with pytest.raises(InputError, match="keep its pose in the camera"):
        head_at_origin(parameters, np.zeros((1, 3)))


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ([1, 2], "no frame of metrical-tracker"),
        ({"flame": {}, "camera": {}}, "should hold 6 numbers"),
        ({k: v for k, v in frame().items() if k != "camera"}, "there is no camera"),
        (frame(img_size=np.zeros(3)), "'img_size' should hold 2 numbers"),
        (frame(camera={**frame()["camera"], "t": np.full((1, 3), np.nan)}), "'t' holds NaN"),
    ],
)
def test_files_that_are_no_frames(read, stored, message):
    with pytest.raises(InputError, match=message):
        read(stored)
