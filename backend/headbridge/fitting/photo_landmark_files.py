"""Reading the landmarks of a photo: .npy, .json and iBUG's .pts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..detection.detector import POINT_COUNT
from ..errors import InputError
from ..mesh.io.files import read_file
from ..model_files import find_model, model_file
from ..models.flame.landmarks import read_landmark_embedding
from ..topologies import load_builtin, load_topology
from .landmark_files import is_place, points_of_array, points_of_json, read_array, read_json
from .landmark_orders import CONTOUR, LandmarkOrder, possible_orders
from .photo.job import DETECTED, IBUG, PhotoLandmarks

if TYPE_CHECKING:
    # OpenCV takes a moment to load.
    from ..images import Photo

_FEWEST = 4
_MEDIAPIPE_105 = 105
# The detector without its irises.
_WITHOUT_IRISES = 468
# Points of a face that the border cuts off lie outside; those of another picture lie anywhere. Share of the longer side.
_LARGEST_OUTSIDE = 0.05
# Landmarks of the mean head come as near as this to a person's under the best affine camera, in shares of the points'
# own extent; in a wrong order they do not.
_LARGEST_MISFIT, _CLEARLY_BETTER = 0.2, 0.6
_SAME_SHAPE = 0.01


def read_photo_landmarks(path: str | os.PathLike, photo: Photo) -> PhotoLandmarks:
    """The landmarks of a file as points of a photo; the suffix chooses the format.

    .npy : (N, 2) or (N, 3) numbers, of which the third is not used. .json : as of 3D landmarks with [x, y];
    {"points", "names"} may also hold "exact" (N bool, placed by hand), "size" ([width, height] of the picture the
    points refer to) and "order": "detected" with names that number the detector's 478 points. .pts : iBUG's text, whose
    first pixel is at (1, 1). Points are columns and rows of the upright photo in its full size, the first pixel's centre
    at (0.5, 0.5).

    478 (or 468) points are MediaPipe's; 105 those of the user's mediapipe_landmark_embedding.npz; 68 and 51 iBUG's;
    others need names. Raises `InputError`, naming the point, for what is not finite, far outside the photo, unknown, or
    no face."""
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: '{path.suffix}' is no landmark file of a photo; use one of {', '.join(_READERS)}.")
    source = str(path)
    points, names, extras = reader(read_file(path), source)
    _check_finite(points, names, source)
    points = points * _scale(extras.get("size"), photo, source)
    _check_inside(points, names, photo, source)
    exact = _exact(extras.get("exact"), len(points), source)
    if len(points) < _FEWEST:
        raise InputError(f"{source}: there are {len(points)} points; give at least {_FEWEST}, better 68.")
    numbers = _detected_numbers(points, names, extras.get("order"), source)
    if numbers is not None:
        return PhotoLandmarks(points, numbers, DETECTED, exact)
    known = load_topology("flame").landmarks_68
    order = _fitting_order(points, possible_orders(len(points), names, known, source), source)
    return PhotoLandmarks(points, order.indices, IBUG, exact)


def read_photo_pins(path: str | os.PathLike, photo: Photo) -> PhotoLandmarks:
    """Points moved by hand, in the formats of `read_photo_landmarks`; as few as there are, but then with names.

    Raises `InputError` as `read_photo_landmarks` does."""
    path, source = Path(path), str(path)
    if path.suffix.lower() == ".json":
        points, names, extras = _read_json(read_file(path), source)
        if len(points) == 0:
            return PhotoLandmarks(points, np.zeros(0, np.int64), IBUG)
        if names and extras.get("order") != DETECTED:
            _check_finite(points, names, source)
            points = points * _scale(extras.get("size"), photo, source)
            _check_inside(points, names, photo, source)
            known = load_topology("flame").landmarks_68
            return PhotoLandmarks(points, possible_orders(len(points), names, known, source)[0].indices, IBUG)
    return read_photo_landmarks(path, photo)


def _read_npy(content: bytes, source: str) -> tuple[np.ndarray, tuple[str, ...], dict]:
    array = read_array(content, source)
    if array.ndim >= 2 and array.shape[-1] == 3:
        array = array[..., :2]
    return points_of_array(array, source, 2), (), {}


def _read_json(content: bytes, source: str) -> tuple[np.ndarray, tuple[str, ...], dict]:
    document = read_json(content, source, 2)
    points, names = points_of_json(document, source, 2)
    return points, names, document if isinstance(document, dict) and "points" in document else {}


def _read_pts(content: bytes, source: str) -> tuple[np.ndarray, tuple[str, ...], dict]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{source}: this is no text file; save the points as iBUG's .pts.") from None
    declared = re.search(r"n_points\s*:\s*(\d+)", text, re.ASCII)
    inside = re.search(r"\{(.*)\}", text, re.DOTALL)
    points = []
    for line in (inside[1] if inside else text).splitlines():
        words = line.replace(",", " ").split()
        if not words:
            continue
        try:
            points.append([float(word) for word in words[:2]])
        except ValueError:
            points.append([])
        if len(points[-1]) != 2:
            raise InputError(f"{source}: '{line.strip()[:60]}' should be a column and a row, x y.")
    if declared and declared[1].lstrip("0") != str(len(points)):
        raise InputError(f"{source}: {declared[1]} points are declared, but there are {len(points)}.")
    # The middle of the first pixel is at 1.
    return np.array(points, np.float64).reshape(-1, 2) - 0.5, (), {}


_READERS = {".npy": _read_npy, ".json": _read_json, ".pts": _read_pts}


def _label(number: int, names: tuple[str, ...]) -> str:
    return f"'{names[number]}'" if names else f"number {number + 1}"


def _check_finite(points: np.ndarray, names: tuple[str, ...], source: str) -> None:
    broken = ~np.isfinite(points).all(axis=1)
    if broken.any():
        label = _label(int(np.argmax(broken)), names)
        raise InputError(f"{source}: the landmark {label} is NaN or infinite; place it again or leave it out.")


def _check_inside(points: np.ndarray, names: tuple[str, ...], photo: Photo, source: str) -> None:
    size = np.array([photo.width, photo.height])
    outside = np.maximum(-points, points - size).max(axis=1)
    worst = int(np.argmax(outside))
    if outside[worst] > _LARGEST_OUTSIDE * size.max():
        column, row = points[worst] / photo.scale
        width, height = np.rint(size / photo.scale).astype(int)
        raise InputError(
            f"{source}: the landmark {_label(worst, names)} at ({column:.0f}, {row:.0f}) lies outside the photo "
            f"{photo.name} of {width} x {height} pixels; give pixels of the upright photo."
        )


def _scale(size, photo: Photo, source: str) -> float:
    """Pixels of `photo` per pixel of what the points refer to."""
    if size is None:
        return photo.scale
    fits = isinstance(size, list) and len(size) == 2 and all(is_place(side) and side > 0 for side in size)
    if not fits:
        raise InputError(f"{source}: 'size' should be the picture's [width, height] in pixels, not {size!r}.")
    across, down = photo.width / size[0], photo.height / size[1]
    if abs(across / down - 1.0) > _SAME_SHAPE:
        raise InputError(
            f"{source}: the points are of a picture of {size[0]} x {size[1]} pixels, which is no smaller or larger copy "
            f"of {photo.name} ({photo.width} x {photo.height}, upright); give the points of this photo."
        )
    return across


def _exact(values, count: int, source: str) -> np.ndarray | None:
    if values is None:
        return None
    if not isinstance(values, list) or len(values) != count or not all(isinstance(value, bool) for value in values):
        raise InputError(f"{source}: 'exact' should hold true or false for each of the {count} points.")
    return np.array(values, bool)


def _detected_numbers(points: np.ndarray, names: tuple[str, ...], order, source: str) -> np.ndarray | None:
    """(N,) which of the detector's points these are; None when they are others."""
    if order not in (None, DETECTED, IBUG):
        raise InputError(f'{source}: \'order\' should be "{DETECTED}" or "{IBUG}", not {order!r}.')
    if order == IBUG:
        return None
    count = len(points)
    if names and order == DETECTED:
        return _numbered(names, source)
    if not names and count in (POINT_COUNT, _WITHOUT_IRISES):
        return np.arange(count)
    if not names and count == _MEDIAPIPE_105:
        return _embedded_105(source)
    if order == DETECTED:
        raise InputError(
            f"{source}: there are {count} points; name each by its number among MediaPipe's {POINT_COUNT}."
        )
    return None


def _numbered(names: tuple[str, ...], source: str) -> np.ndarray:
    for name in names:
        if not re.fullmatch(r"\d{1,3}", name) or int(name) >= POINT_COUNT:
            raise InputError(f"{source}: '{name}' is none of MediaPipe's points 0 to {POINT_COUNT - 1}.")
    numbers = np.array([int(name) for name in names])
    values, counts = np.unique(numbers, return_counts=True)
    if counts.max() > 1:
        raise InputError(f"{source}: the point '{values[np.argmax(counts)]}' is there twice; name every point once.")
    return numbers


def _embedded_105(source: str) -> np.ndarray:
    path = find_model(model_file("flame_mediapipe")).path
    if path is None:
        raise InputError(
            f"{source}: which of MediaPipe's points 105 are stands in mediapipe_landmark_embedding.npz, which is not "
            "among the model files (headbridge doctor says where it belongs); or give all 478, or number them."
        )
    indices = read_landmark_embedding(path).mediapipe_indices
    if indices is None or len(indices) != _MEDIAPIPE_105:
        raise InputError(f"{path}: holds no {_MEDIAPIPE_105} of MediaPipe's points; get the file again.")
    return indices


def _fitting_order(points: np.ndarray, orders: list[LandmarkOrder], source: str) -> LandmarkOrder:
    """The likeliest of the orders, or the one that fits the mean head clearly better."""
    misfits = [_misfit(points, order.indices) for order in orders]
    best = int(np.argmin(misfits))
    if misfits[best] > _CLEARLY_BETTER * misfits[0]:
        best = 0
    # Points that are all one fit nothing, not even by a number.
    if not misfits[best] <= _LARGEST_MISFIT:
        raise InputError(
            f"{source}: the points are no face in a known order; give iBUG's 68 or 51, MediaPipe's 478, or name them."
        )
    return orders[best]


def _misfit(points: np.ndarray, indices: np.ndarray) -> float:
    """Root mean square distance of points from the mean head's under the best affine camera before its face, as a share
    of the points' root mean square extent; infinite when only a head seen from behind or inside out fits."""
    used = indices >= CONTOUR
    if np.count_nonzero(used) < _FEWEST:
        used = np.ones(len(points), bool)
    rest = load_topology("flame").landmarks_68.subset(indices[used]).evaluate(load_builtin("flame").vertices)
    rest, seen = rest - rest.mean(axis=0), points[used] - points[used].mean(axis=0)
    extent = float(np.sqrt((seen**2).sum(axis=1).mean()))
    # Few points on a face are nearly flat: what its depth would do counts only as far as they tell.
    ridge = 1e-3 * (rest**2).sum() * np.eye(3)
    camera = np.linalg.solve(rest.T @ rest + ridge, rest.T @ seen)
    across, down = camera.T
    if np.cross(across, down)[2] >= 0.0 or extent == 0.0:
        return float("inf")
    return float(np.sqrt(((rest @ camera - seen) ** 2).sum(axis=1).mean())) / extent
