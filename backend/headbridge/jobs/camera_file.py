"""Cameras of photos in JSON files: `fit.json` of a fit to photos, or one camera alone."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..fitting.photo.job import PhotoCamera
from ..mesh.io.files import read_file

# How far R may be from a rotation, as its numbers are rounded in files.
_ROUNDED = 1e-3
_LARGEST_SIDE = 100_000
_FIX = "give fit.json of headbridge fit-photo, or the cameras.json of rendered views"


@dataclass(frozen=True, eq=False)
class FiledView:
    """camera : of the photo called `photo` ("" where the file does not tell). light : (9, 3), or None."""

    camera: PhotoCamera
    photo: str = ""
    light: np.ndarray | None = None


def read_views(path: str | os.PathLike) -> list[FiledView]:
    """The views of a `fit.json` as a fit to photos writes it, or the one camera of a JSON file with its keys alone: K
    (3, 3), R (3, 3), t (3), width, height, and pixel_centre, where K has the first pixel's centre: 0.5, or 0 (OpenCV's
    own), which is meant where it is left out; or the frames of a transforms.json as NeRF's data have them.

    Raises `InputError`, naming the file, the cause and the fix, when it is none of these."""
    try:
        document = json.loads(read_file(path))
    except (ValueError, RecursionError):
        raise InputError(f"{path}: this is no JSON file; {_FIX}.") from None
    if isinstance(document, dict) and "views" not in document and "K" in document:
        return [FiledView(_camera(document, str(path)))]
    if isinstance(document, dict) and isinstance(document.get("frames"), list) and document["frames"]:
        return [_frame(frame, document, f"{path}: frame {n}") for n, frame in enumerate(document["frames"], start=1)]
    views = document.get("views") if isinstance(document, dict) else None
    if isinstance(document, dict) and document.get("views", document.get("frames")) == []:
        raise InputError(f"{path}: has no camera, its list of views is empty; {_FIX}.")
    if not isinstance(views, list):
        raise InputError(f"{path}: has neither 'views' nor a camera's K, R, t; {_FIX}.")
    return [_view(view, f"{path}: view {number}") for number, view in enumerate(views, start=1)]


def _view(view: Any, where: str) -> FiledView:
    if not isinstance(view, dict) or not isinstance(view.get("camera"), dict):
        raise InputError(f"{where} has no 'camera'; {_FIX}.")
    light = view.get("light")
    photo = view.get("photo", "")
    return FiledView(
        _camera(view["camera"], where),
        photo if isinstance(photo, str) else "",
        None if light is None else _numbers(light, (9, 3), "light", where),
    )


def _frame(frame: Any, document: dict[str, Any], where: str) -> FiledView:
    """A frame of a transforms.json: transform_matrix (4, 4) from the camera's axes (right, up, backwards) to the world;
    fl_x, fl_y, cx, cy, w, h, or camera_angle_x in place of focal lengths, in the frame or for all."""
    if not isinstance(frame, dict):
        raise InputError(f"{where} is no camera; give transforms.json with 'transform_matrix' in each frame.")
    table = {**{key: value for key, value in document.items() if key != "frames"}, **frame}
    pose = _numbers(table.get("transform_matrix"), (4, 4), "transform_matrix", where)
    width, height = (_numbers(table.get(key), (), key, where) for key in ("w", "h"))
    if "fl_x" in table:
        focal = _numbers(table["fl_x"], (), "fl_x", where)
    else:
        focal = 0.5 * width / np.tan(0.5 * _numbers(table.get("camera_angle_x"), (), "camera_angle_x", where))
    other = _numbers(table.get("fl_y", focal), (), "fl_y", where)
    middle = [_numbers(table.get(key, 0.5 * side), (), key, where) for key, side in (("cx", width), ("cy", height))]
    rotation = np.diag([1.0, -1.0, -1.0]) @ pose[:3, :3].T
    camera = {
        "K": [[focal, 0.0, middle[0]], [0.0, other, middle[1]], [0.0, 0.0, 1.0]],
        "R": rotation,
        "t": -rotation @ pose[:3, 3],
        "width": width,
        "height": height,
        "pixel_centre": 0.5,
    }
    name = table.get("file_path", "")
    return FiledView(_camera(camera, where), name if isinstance(name, str) else "")


def _camera(table: dict[str, Any], where: str) -> PhotoCamera:
    for key in ("K", "R", "t", "width", "height"):
        if key not in table:
            raise InputError(f"{where}: the camera has no '{key}'; it needs K, R, t, width and height.")
    matrix = _numbers(table["K"], (3, 3), "K", where)
    rotation, translation = _numbers(table["R"], (3, 3), "R", where), _numbers(table["t"], (3,), "t", where)
    if not (matrix[0, 0] > 0.0 and matrix[1, 1] > 0.0) or not np.allclose(
        matrix[[1, 2, 2, 2], [0, 0, 1, 2]], (0, 0, 0, 1)
    ):
        raise InputError(f"{where}: K should be [[fx, s, cx], [0, fy, cy], [0, 0, 1]] with focal lengths above 0.")
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=_ROUNDED) or np.linalg.det(rotation) < 0.0:
        raise InputError(f"{where}: R should be a rotation (orthonormal, of determinant 1).")
    width, height = (_numbers(table[key], (), key, where) for key in ("width", "height"))
    if not 1 <= min(width, height) <= max(width, height) <= _LARGEST_SIDE or width % 1 or height % 1:
        raise InputError(f"{where}: width and height should be the picture's pixels, not {width:g} and {height:g}.")
    centre = _numbers(table.get("pixel_centre", 0.0), (), "pixel_centre", where)
    if centre not in (0.0, 0.5):
        raise InputError(f"{where}: pixel_centre is {centre:g}; it should be 0.5, or 0 as OpenCV has it.")
    matrix[:2, 2] += 0.5 - centre
    return PhotoCamera(matrix, rotation, translation, int(width), int(height))


def _numbers(value: Any, shape: tuple[int, ...], key: str, where: str) -> np.ndarray:
    try:
        array = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError):
        array = np.full(1, np.nan)
    if array.shape != shape or not np.isfinite(array).all():
        wanted = f"numbers of shape {shape}" if shape else "a number"
        raise InputError(f"{where}: '{key}' should be {wanted}; {_FIX}.")
    return array
