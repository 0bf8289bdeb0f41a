"""The frames of a transforms.json, as NeRF's data, instant-ngp and nerfstudio have them.

A frame's `transform_matrix` leads from the camera's axes (right, up, backwards) to the world; intrinsics stand in the frame
or for all frames beside them (Mildenhall et al., "NeRF", 2020; Tancik et al., "Nerfstudio", 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import InputError
from .camera_numbers import numbers_of

_FIX = "give a transforms.json as NeRF, instant-ngp or nerfstudio write it, or the cameras.json of rendered views"
# Models of lenses without distortion, or with OpenCV's, which may be none.
_MODELS = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "PERSPECTIVE")
_LENS = ("k1", "k2", "p1", "p2", "k3", "k4")
# A lens may move no pixel by more than this.
_BENT = 0.5
# How far axes may be from orthogonal, as numbers are rounded in files, as a share of their length.
_ROUNDED = 1e-3


def nerf_frames(
    document: dict[str, Any], path: str, size_of: Callable[[str], tuple[int, int] | None] | None = None
) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Every frame's camera as a table of K, R, t, width, height and pixel_centre, its picture's name, and where it stands,
    for messages.

    Read are `file_path`, `transform_matrix` (4, 4) or (3, 4); `fl_x`, `fl_y` or `camera_angle_x`, `camera_angle_y` in
    radians; `cx`, `cy`; `w`, `h`. size_of : width and height of a picture, asked where w and h are left out as in the first
    NeRF data; frames of which it knows none are passed over. Raises `InputError` for what is no camera without distortion."""
    shared = {key: value for key, value in document.items() if key != "frames"}
    for number, frame in enumerate(document["frames"], start=1):
        where = f"{path}: frame {number}"
        if not isinstance(frame, dict):
            raise InputError(f"{where} is no camera; {_FIX}.")
        # Some write null for what they do not know.
        table = {key: value for key, value in {**shared, **frame}.items() if value is not None}
        name = table.get("file_path", "")
        name = name if isinstance(name, str) else ""
        if "w" not in table and "h" not in table and size_of is not None:
            size = size_of(name)
            if size is None:
                continue
            table["w"], table["h"] = size
        yield _camera(table, where), name, where


def _camera(table: dict[str, Any], where: str) -> dict[str, Any]:
    width, height = (float(numbers_of(table.get(key), (), key, where, _FIX)) for key in ("w", "h"))
    along = _focal(table, "fl_x", "camera_angle_x", width, where)
    upwards = _focal(table, "fl_y", "camera_angle_y", height, where)
    if not (along or upwards):
        raise InputError(f"{where}: has neither 'fl_x' nor 'camera_angle_x'; {_FIX}.")
    # One alone is that of square pixels.
    along, upwards = along or upwards, upwards or along
    middle = [
        float(numbers_of(table.get(key, 0.5 * side), (), key, where, _FIX))
        for key, side in (("cx", width), ("cy", height))
    ]
    _check_lens(table, np.array([along, upwards]), np.array(middle), np.array([width, height]), where)
    rotation, place = _pose(table.get("transform_matrix"), where)
    rotation = np.diag([1.0, -1.0, -1.0]) @ rotation.T
    return {
        "K": [[along, 0.0, middle[0]], [0.0, upwards, middle[1]], [0.0, 0.0, 1.0]],
        "R": rotation,
        "t": -rotation @ place,
        "width": width,
        "height": height,
        "pixel_centre": 0.5,
    }


def _focal(table: dict[str, Any], length: str, angle: str, side: float, where: str) -> float | None:
    """Pixels; None where the table does not tell it."""
    if length in table:
        pixels = float(numbers_of(table[length], (), length, where, _FIX))
        if not pixels > 0.0:
            raise InputError(f"{where}: '{length}' is {pixels:g}; a focal length is above 0.")
        return pixels
    if angle not in table:
        return None
    field = float(numbers_of(table[angle], (), angle, where, _FIX))
    if not 0.0 < field < np.pi:
        raise InputError(f"{where}: '{angle}' is {field:g}; it should be an angle in radians between 0 and pi.")
    return 0.5 * side / np.tan(0.5 * field)


def _pose(value: Any, where: str) -> tuple[np.ndarray, np.ndarray]:
    """(3, 3) the camera's axes in the world as columns, and (3,) where it stands."""
    rows = 3 if isinstance(value, list) and len(value) == 3 else 4
    pose = numbers_of(value, (rows, 4), "transform_matrix", where, _FIX)
    axes = pose[:3, :3]
    # A camera object that is scaled sees the same.
    length = float(np.cbrt(abs(np.linalg.det(axes))))
    if not length or not np.allclose(axes.T @ axes / length**2, np.eye(3), atol=_ROUNDED) or np.linalg.det(axes) < 0.0:
        raise InputError(
            f"{where}: 'transform_matrix' should turn and move the camera and neither mirror nor shear it; {_FIX}."
        )
    return axes / length, pose[:3, 3]


def _check_lens(table: dict[str, Any], focal: np.ndarray, middle: np.ndarray, size: np.ndarray, where: str) -> None:
    """Raise `InputError` for cameras that see straight lines bent."""
    fix = "undistort the pictures, and give the cameras of these"
    model = table.get("camera_model", _MODELS[0])
    if model not in _MODELS or table.get("is_fisheye", False):
        raise InputError(f"{where}: cameras of the model {model} are not read; {fix}.")
    k1, k2, p1, p2, k3, k4 = (float(numbers_of(table.get(key, 0.0), (), key, where, _FIX)) for key in _LENS)
    x, y = (
        (np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.5], [0.5, 0.0]]) * size - middle) / focal
    ).T
    square = x**2 + y**2
    radial = square * (k1 + square * (k2 + square * (k3 + square * k4)))
    moved = np.stack(
        [
            x * radial + 2.0 * p1 * x * y + p2 * (square + 2.0 * x**2),
            y * radial + p1 * (square + 2.0 * y**2) + 2.0 * p2 * x * y,
        ],
        axis=1,
    )
    bent = float(np.linalg.norm(moved * focal, axis=1).max())
    if bent > _BENT:
        raise InputError(f"{where}: the lens moves pixels by {bent:.1f} (k1, k2, p1, p2), which is not read; {fix}.")
