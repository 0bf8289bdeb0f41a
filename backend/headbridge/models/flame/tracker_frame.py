"""metrical-tracker's results: one .frame file per image, whose head stands still while its camera moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import torch

from ...errors import InputError
from .data import MILLIMETRES
from .parameters import FlameParameters
from .rotation_forms import axis_angle_of_matrix, matrix_of_axis_angle, matrix_of_six, six_of_matrix

# PyTorch3D's camera looks along +z with x to the left and y up, and multiplies rows: its R is OpenCV's, transposed,
# with x and y turned about.
_TO_OPENCV = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class CameraPose:
    """World to camera in OpenCV's convention (x right, y down, z forward): x -> rotation x + translation.

    rotation : (B, 3, 3). translation : (B, 3) millimetres.
    """

    rotation: np.ndarray
    translation: np.ndarray


@dataclass(frozen=True, eq=False)
class TrackerFrame:
    """What a .frame file holds beside the codes of its head (`layouts.METRICAL_TRACKER`).

    camera : its pose before a head that stands at the origin. intrinsics : (3, 3) OpenCV, pixels.
    image_size : height and width in pixels. frame : its name. texture : (K,) coefficients, light : (9, 3) spherical
    harmonics, or None.
    """

    camera: CameraPose
    intrinsics: np.ndarray
    image_size: tuple[int, int]
    frame: str
    texture: np.ndarray | None
    light: np.ndarray | None


def tracker_frame(stored: Mapping, source: str) -> TrackerFrame:
    """The content of a .frame file. source : its name for messages. Raises `InputError` when it lacks what a frame has."""
    if not isinstance(stored, Mapping) or not isinstance(stored.get("flame"), Mapping):
        raise InputError(f"{source}: this is no frame of metrical-tracker (there is no 'flame' in it).")
    flame = stored["flame"]
    camera, intrinsics = _camera(stored, source)
    size = _numbers(stored, "img_size", 2, source)
    return TrackerFrame(
        camera=camera,
        intrinsics=intrinsics,
        image_size=(int(size[0]), int(size[1])),
        frame=str(stored.get("frame_id", "")),
        texture=_numbers(flame, "tex", None, source) if "tex" in flame else None,
        light=_numbers(flame, "sh", 27, source).reshape(9, 3) if "sh" in flame else None,
    )


def _camera(stored: Mapping, source: str) -> tuple[CameraPose, np.ndarray]:
    if isinstance(stored.get("opencv"), Mapping):
        opencv = stored["opencv"]
        rotation = _numbers(opencv, "R", 9, source).reshape(1, 3, 3)
        translation = _numbers(opencv, "t", 3, source)
        return CameraPose(rotation, MILLIMETRES * translation[None]), _numbers(opencv, "K", 9, source).reshape(3, 3)
    if not isinstance(stored.get("camera"), Mapping):
        raise InputError(f"{source}: there is no camera ('opencv' or 'camera') in it; export the frame again.")
    camera = stored["camera"]
    pose = opencv_pose(_numbers(camera, "R", 6, source)[None], _numbers(camera, "t", 3, source)[None])
    height, width = _numbers(stored, "img_size", 2, source)
    # PyTorch3D measures from the image's centre in halves of its shorter side, with x to the left and y up.
    half = 0.5 * min(height, width)
    focal = half * _numbers(camera, "fl", 1, source)[0]
    centre = 0.5 * np.array([width, height]) - half * _numbers(camera, "pp", 2, source)
    return pose, np.array([[focal, 0.0, centre[0]], [0.0, focal, centre[1]], [0.0, 0.0, 1.0]])


def _numbers(values: Mapping, key: str, count: int | None, source: str) -> np.ndarray:
    """(count,) float64 from an entry of any shape."""
    array = np.asarray(values.get(key, ()))
    if array.dtype.kind not in "fiu" or array.size == 0 or (count is not None and array.size != count):
        raise InputError(f"{source}: '{key}' should hold {count or 'some'} numbers, but has the shape {array.shape}.")
    if not np.isfinite(array).all():
        raise InputError(f"{source}: '{key}' holds NaN or infinite values; track the frame again.")
    return array.astype(np.float64).reshape(-1)


def opencv_pose(six: np.ndarray, translation: np.ndarray) -> CameraPose:
    """The pose of the tracker's own camera: (B, 6) rotation and (B, 3) translation in metres, in PyTorch3D's form."""
    rotation = _TO_OPENCV[None, :, None] * matrix_of_six(six).transpose(0, 2, 1)
    return CameraPose(rotation, MILLIMETRES * _TO_OPENCV * np.asarray(translation, dtype=np.float64))


def pytorch3d_pose(camera: CameraPose) -> tuple[np.ndarray, np.ndarray]:
    """The inverse of `opencv_pose`: (B, 6) rotation and (B, 3) translation in metres as the tracker stores them."""
    rotation = (_TO_OPENCV[None, :, None] * camera.rotation).transpose(0, 2, 1)
    return six_of_matrix(rotation), _TO_OPENCV * camera.translation / MILLIMETRES


def head_in_camera(parameters: FlameParameters, root_joint: np.ndarray, camera: CameraPose) -> FlameParameters:
    """The same head posed in the camera's frame: root rotation and translation take the camera's pose in.

    root_joint : (B, 3) millimetres, joint 0 of the shaped head in the rest pose, about which the root rotates."""
    _refuse_eyelids(parameters)
    root, moved = _root(parameters), parameters.translation.detach().cpu().double().numpy()
    turn = camera.rotation @ root
    # camera (root (x - j) + j + t) + c = turn (x - j) + j + t'
    place = np.einsum("bij,bj->bi", camera.rotation, root_joint + moved) + camera.translation - root_joint
    return _with_pose(parameters, axis_angle_of_matrix(turn), place)


def head_at_origin(parameters: FlameParameters, root_joint: np.ndarray) -> tuple[FlameParameters, CameraPose]:
    """The same head without root rotation and translation, and the camera pose that has taken them in."""
    _refuse_eyelids(parameters)
    root, moved = _root(parameters), parameters.translation.detach().cpu().double().numpy()
    offset = root_joint + moved - np.einsum("bij,bj->bi", root, root_joint)
    return _with_pose(parameters, np.zeros_like(moved), np.zeros_like(moved)), CameraPose(root, offset)


def _root(parameters: FlameParameters) -> np.ndarray:
    return matrix_of_axis_angle(parameters.root.detach().cpu().double().numpy())


def _with_pose(parameters: FlameParameters, root: np.ndarray, translation: np.ndarray) -> FlameParameters:
    like = parameters.root
    given = {field.name: getattr(parameters, field.name) for field in fields(parameters)}
    given["root"] = torch.as_tensor(root, dtype=like.dtype, device=like.device)
    given["translation"] = torch.as_tensor(translation, dtype=like.dtype, device=like.device)
    return replace(parameters, **given)


def _refuse_eyelids(parameters: FlameParameters) -> None:
    if parameters.eyelids is not None and bool((parameters.eyelids != 0).any()):
        raise InputError(
            "Eyelid shapes are added after skinning and do not turn with the head; keep its pose in the camera, or set "
            "the eyelids to zero."
        )
