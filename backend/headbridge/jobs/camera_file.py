"""Cameras of photos in JSON files: `fit.json` of a fit to photos, or one camera alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any

import numpy as np

from ..errors import InputError
from ..fitting.photo.job import PhotoCamera
from ..mesh.io.files import read_file
from .camera_numbers import numbers_of
from .nerf_frames import nerf_frames

# How far R may be from a rotation, as its numbers are rounded in files.
_ROUNDED = 1e-3
_LARGEST_SIDE = 100_000
_PICTURES = (".png", ".exr", ".tif", ".tiff", ".webp", ".jpg", ".jpeg", ".heic", ".avif")
_FIX = "give fit.json of headbridge fit-photo, or the cameras.json of rendered views"


@dataclass(frozen=True, eq=False)
class FiledView:
    """camera : of the photo called `photo` ("" where the file does not tell). light : (9, 3), or None."""

    camera: PhotoCamera
    photo: str = ""
    light: np.ndarray | None = None


def view_name(photo: str) -> str:
    """What a view is called by its picture's path: without folders, of whichever system, and without an image's ending,
    which may be missing."""
    path = PureWindowsPath(photo)
    return path.stem if path.suffix.lower() in _PICTURES else path.name


def read_views(
    path: str | os.PathLike, size_of: Callable[[str], tuple[int, int] | None] | None = None
) -> list[FiledView]:
    """The views of a `fit.json` as a fit to photos writes it, or the one camera of a JSON file with its keys alone: K
    (3, 3), R (3, 3), t (3), width, height, and pixel_centre, where K has the first pixel's centre: 0.5, or 0 (OpenCV's
    own), which is meant where it is left out; or the frames of a transforms.json (see `nerf_frames`), where size_of says
    how large the picture of a frame is.

    Raises `InputError`, naming the file, the cause and the fix, when it is none of these."""
    try:
        document = json.loads(read_file(path))
    except (ValueError, RecursionError):
        raise InputError(f"{path}: this is no JSON file; {_FIX}.") from None
    if isinstance(document, dict) and "views" not in document and "K" in document:
        return [FiledView(_camera(document, str(path)))]
    if isinstance(document, dict) and isinstance(document.get("frames"), list) and document["frames"]:
        return [
            FiledView(_camera(camera, where), photo)
            for camera, photo, where in nerf_frames(document, str(path), size_of)
        ]
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
        None if light is None else numbers_of(light, (9, 3), "light", where, _FIX),
    )


def _camera(table: dict[str, Any], where: str) -> PhotoCamera:
    for key in ("K", "R", "t", "width", "height"):
        if key not in table:
            raise InputError(f"{where}: the camera has no '{key}'; it needs K, R, t, width and height.")
    matrix = numbers_of(table["K"], (3, 3), "K", where, _FIX)
    rotation, translation = (
        numbers_of(table["R"], (3, 3), "R", where, _FIX),
        numbers_of(table["t"], (3,), "t", where, _FIX),
    )
    if not (matrix[0, 0] > 0.0 and matrix[1, 1] > 0.0) or not np.allclose(
        matrix[[1, 2, 2, 2], [0, 0, 1, 2]], (0, 0, 0, 1)
    ):
        raise InputError(f"{where}: K should be [[fx, s, cx], [0, fy, cy], [0, 0, 1]] with focal lengths above 0.")
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=_ROUNDED) or np.linalg.det(rotation) < 0.0:
        raise InputError(f"{where}: R should be a rotation (orthonormal, of determinant 1).")
    width, height = (numbers_of(table[key], (), key, where, _FIX) for key in ("width", "height"))
    if not 1 <= min(width, height) <= max(width, height) <= _LARGEST_SIDE or width % 1 or height % 1:
        raise InputError(f"{where}: width and height should be the picture's pixels, not {width:g} and {height:g}.")
    centre = numbers_of(table.get("pixel_centre", 0.0), (), "pixel_centre", where, _FIX)
    if centre not in (0.0, 0.5):
        raise InputError(f"{where}: pixel_centre is {centre:g}; it should be 0.5, or 0 as OpenCV has it.")
    matrix[:2, 2] += 0.5 - centre
    return PhotoCamera(matrix, rotation, translation, int(width), int(height))
