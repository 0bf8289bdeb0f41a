"""Reading the landmarks of a photo: .npy, .json and iBUG's .pts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..detection.detector import POINT_COUNT
from ..errors import InputError
from ..mesh.io.files import read_file
from ..model_files import find_model, model_file
from ..models.flame.landmarks import read_landmark_embedding
from ..reading import reading
from ..topologies import load_builtin, load_topology
from .detector_json import detected_points
from .landmark_files import is_place, points_of_array, points_of_json, read_array, read_json
from .landmark_orders import CONTOUR, EXCHANGED, LandmarkOrder, possible_orders
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
# Shares of a picture lie this near to its middle, in its sizes: MediaPipe also guesses at what the border cuts off.
_SHARES = 1.0
_DETECTOR = "written by a detector"
_SWAPPED = "{}: rows and columns are exchanged (the face tells); they were taken as column and row."


def read_photo_landmarks(path: str | os.PathLike, photo: Photo) -> PhotoLandmarks:
    """The landmarks of a file as points of a photo; the suffix chooses the format.

    .npy : (N, 2) or (N, 3) numbers, of which the third is not used. .json : as of 3D landmarks with [x, y];
    {"points", "names"} may also hold "exact" (N bool, placed by hand), "size" ([width, height] of the picture the
    points refer to) and "order": "detected" with names that number the detector's 478 points; or what MediaPipe and
    OpenPose write (`detector_json`). .pts : iBUG's text, whose first pixel is at (1, 1). Points are columns and rows of
    the upright photo in its full size, the first pixel's centre at (0.5, 0.5), or all of them shares of its width and
    height.

    478 (or 468) points are MediaPipe's; 105 those of the user's mediapipe_landmark_embedding.npz; 68 and 51 iBUG's; 49,
    70 and 106 give those of the 68 that they have (`landmarks_in_common`); others need names. Rows and columns that are
    exchanged are put right where the face tells, with a note. Raises `InputError`, naming the point, for what is not
    finite, far outside the photo, unknown, or no face."""
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: '{path.suffix}' is no landmark file of a photo; use one of {', '.join(_READERS)}.")
    source = str(path)
    with reading(path):
        points, names, extras = reader(read_file(path), source)
    exact = _exact(extras.get("exact"), len(points), source)
    seen = ~np.isnan(points).all(axis=1) if extras.get(_DETECTOR) else np.ones(len(points), bool)
    _check_finite(points[seen], names, source)
    points = _in_pixels(points, seen, extras.get("size"), photo, source)
    if np.count_nonzero(seen) < _FEWEST:
        raise InputError(f"{source}: there are {np.count_nonzero(seen)} points; give at least {_FEWEST}, better 68.")
    numbers = _detected_numbers(points, names, extras.get("order"), source)
    if numbers is not None:
        exact = None if exact is None else exact[seen]
        found = PhotoLandmarks(points[seen], numbers[seen], DETECTED, exact)
        return _checked_detected(found, names, photo, source)
    orders = possible_orders(len(points), names, load_topology("flame").landmarks_68, source)
    order, swapped = _fitting_order(points, seen, orders, photo)
    points = points[:, ::-1].copy() if swapped else points
    _check_inside(points[seen], names, photo, source)
    if order is None:
        raise InputError(
            f"{source}: the points are no face in a known order; give iBUG's 68 or 51, MediaPipe's 478, or name them."
        )
    notes = [_SWAPPED.format(source)] if swapped else []
    if order.weights is not None:
        notes.append(order.note(len(points)))
    used = order.all_of(seen)
    exact = None if exact is None else order.all_of(exact)[used]
    return PhotoLandmarks(order.points(points)[used], order.indices[used], IBUG, exact, tuple(notes))


def _checked_detected(found: PhotoLandmarks, names: tuple[str, ...], photo: Photo, source: str) -> PhotoLandmarks:
    """The detector's points, with columns and rows exchanged where they are a face only then."""
    # It loads Warp, which most files need not wait for.
    from .photo.landmark_places import landmark_places

    places = landmark_places("flame", DETECTED)
    fixed = places.fixed[found.numbers]
    if np.count_nonzero(fixed) >= _FEWEST:
        rest = places.landmarks.evaluate(load_builtin("flame").vertices)[found.numbers[fixed]]
        swapped = found.points[:, ::-1].copy()
        fits = [_fit_to_face(points[fixed], rest).misfit <= _LARGEST_MISFIT for points in (found.points, swapped)]
        if fits == [False, True]:
            found = replace(found, points=swapped, notes=(_SWAPPED.format(source),))
    _check_inside(found.points, names, photo, source)
    return found


def read_photo_pins(path: str | os.PathLike, photo: Photo) -> PhotoLandmarks:
    """Points moved by hand, in the formats of `read_photo_landmarks`; as few as there are, but then with names.

    Raises `InputError` as `read_photo_landmarks` does."""
    path, source = Path(path), str(path)
    if path.suffix.lower() == ".json":
        with reading(path):
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


def read_left_out(path: str | os.PathLike) -> np.ndarray | None:
    """(K,) iBUG's numbers of the landmarks that a file of pins leaves out, of 68: the names of its "left_out".

    None where it leaves out none; `InputError` for names that no landmark has."""
    path, source = Path(path), str(path)
    if path.suffix.lower() != ".json":
        return None
    with reading(path):
        _points, _names, extras = _read_json(read_file(path), source)
        names = extras.get("left_out", [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise InputError(f"{source}: 'left_out' should be a list of landmarks' names.")
    known = list(load_topology("flame").landmarks_68.names)
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise InputError(f"{source}: 'left_out' names '{unknown}', which is no landmark; they are {', '.join(known)}.")
    return np.array([known.index(name) for name in names]) if names else None


def _read_npy(content: bytes, source: str) -> tuple[np.ndarray, tuple[str, ...], dict]:
    array = read_array(content, source)
    if array.ndim >= 2 and array.shape[-1] == 3:
        array = array[..., :2]
    return points_of_array(array, source, 2), (), {}


def _read_json(content: bytes, source: str) -> tuple[np.ndarray, tuple[str, ...], dict]:
    document = read_json(content, source, 2)
    detected = detected_points(document, source)
    if detected is not None:
        more = document if isinstance(document, dict) else {}
        return np.array(detected).reshape(-1, 2), (), {**more, _DETECTOR: True}
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
    outside = _outside(points, photo)
    worst = int(np.argmax(outside))
    if outside[worst] > 0.0:
        column, row = points[worst] / photo.scale
        width, height = np.rint(np.array([photo.width, photo.height]) / photo.scale).astype(int)
        raise InputError(
            f"{source}: the landmark {_label(worst, names)} at ({column:.0f}, {row:.0f}) lies outside the photo "
            f"{photo.name} of {width} x {height} pixels; give pixels of the upright photo."
        )


def _outside(points: np.ndarray, photo: Photo) -> np.ndarray:
    """(N,) pixels that points lie farther outside the photo than those of a face that its border cuts off."""
    size = np.array([photo.width, photo.height])
    return np.maximum(-points, points - size).max(axis=1) - _LARGEST_OUTSIDE * size.max()


def _in_pixels(points: np.ndarray, seen: np.ndarray, size, photo: Photo, source: str) -> np.ndarray:
    """(N, 2) pixels of `photo`. No face lies within a pixel or two: points that do are shares of the picture."""
    scale = _scale(size, photo, source)
    if seen.any() and (np.abs(points[seen] - 0.5) < _SHARES).all():
        return points * (photo.width, photo.height)
    return points * scale


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


@dataclass(frozen=True)
class _FaceFit:
    """misfit : root mean square distance from the mean head's points under the best affine camera, as a share of the
    points' own extent; infinite when only a head seen from behind or inside out fits. upright : whether the head's up is
    rather the picture's up than its side."""

    misfit: float
    upright: bool = False


_NO_FIT = _FaceFit(float("inf"))


def _fitting_order(
    points: np.ndarray, seen: np.ndarray, orders: list[LandmarkOrder], photo: Photo
) -> tuple[LandmarkOrder | None, bool]:
    """The likeliest of the orders, or the one that fits the mean head clearly better, None when none fits; and whether
    it does so with rows and columns exchanged.

    An upright face whose rows and columns are exchanged is also one that lies on its side with left and right
    exchanged: where both fit, the upright one was meant."""
    best, fit = _best_order(points, seen, orders)
    fits = fit.misfit <= _LARGEST_MISFIT
    if not fits or (EXCHANGED in best.label and not fit.upright) or _outside(points[seen], photo).max() > 0.0:
        turned = points[:, ::-1]
        other, other_fit = _best_order(turned, seen, orders)
        inside = _outside(turned[seen], photo).max() <= 0.0
        if inside and other_fit.misfit <= _LARGEST_MISFIT and other_fit.upright and EXCHANGED not in other.label:
            return other, True
    return best if fits else None, False


def _best_order(points: np.ndarray, seen: np.ndarray, orders: list[LandmarkOrder]) -> tuple[LandmarkOrder, _FaceFit]:
    fits = [_fit_of_order(points, seen, order) for order in orders]
    best = int(np.argmin([fit.misfit for fit in fits]))
    if fits[best].misfit > _CLEARLY_BETTER * fits[0].misfit:
        best = 0
    return orders[best], fits[best]


def _fit_of_order(points: np.ndarray, seen: np.ndarray, order: LandmarkOrder) -> _FaceFit:
    there = order.all_of(seen)
    used = there & (order.indices >= CONTOUR)
    if np.count_nonzero(used) < _FEWEST:
        used = there
    if np.count_nonzero(used) < _FEWEST:
        return _NO_FIT
    rest = load_topology("flame").landmarks_68.subset(order.indices[used]).evaluate(load_builtin("flame").vertices)
    return _fit_to_face(order.points(points)[used], rest)


def _fit_to_face(points: np.ndarray, rest: np.ndarray) -> _FaceFit:
    """How (N, 2) points of a picture fit (N, 3) places on the mean head."""
    rest, seen = rest - rest.mean(axis=0), points - points.mean(axis=0)
    extent = float(np.sqrt((seen**2).sum(axis=1).mean()))
    # Few points on a face are nearly flat: what its depth would do counts only as far as they tell.
    ridge = 1e-3 * (rest**2).sum() * np.eye(3)
    camera = np.linalg.solve(rest.T @ rest + ridge, rest.T @ seen)
    across, down = camera.T
    if np.cross(across, down)[2] >= 0.0 or extent == 0.0:
        return _NO_FIT
    misfit = float(np.sqrt(((rest @ camera - seen) ** 2).sum(axis=1).mean())) / extent
    return _FaceFit(misfit, -camera[1, 1] > abs(camera[1, 0]))
