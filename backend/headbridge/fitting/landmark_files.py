"""Reading 3D landmarks: MeshLab's .pp, 3D Slicer's .mrk.json and .fcsv, .npy, .json and .txt.

Nothing in them is run, and no entity is expanded. `photo_landmark_files` reads those of photos.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

import numpy as np

from ..errors import InputError
from ..mesh.io import npy
from ..mesh.io.files import read_file
from ..reading import reading
from .job import LandmarkPoints

_AXES = ("x", "y", "z")
_FCSV_COLUMNS = "id x y z ow ox oy oz vis sel lock label desc associatedNodeID".split()
_FCSV_PLACED = "2"
FARTHEST = 1e9
"""No head is so far from the origin in any unit; a number beyond is a damaged one."""


def read_landmarks(path: str | os.PathLike) -> LandmarkPoints:
    """The points of a landmark file in the file's order, frame and unit; the suffix chooses the format.

    .pp : MeshLab's picked points; inactive ones keep their place but are not used. .npy : (N, 3) numbers. .json :
    points, points by name, or both in lists, or 3D Slicer's markups. .fcsv : 3D Slicer's older markups. .txt : x y z per
    line, perhaps with the name or the number before or after.
    Raises `InputError` for other suffixes and for content that is no list of points."""
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: '{path.suffix}' is no landmark file; use one of {', '.join(_READERS)}.")
    with reading(path):
        read = reader(read_file(path), str(path))
    far = np.abs(read.points) > FARTHEST
    if far.any():
        row = int(np.argmax(far.any(axis=1)))
        name = f"'{read.names[row]}'" if read.names else f"{row + 1}"
        raise InputError(f"{path}: landmark {name} lies at {read.points[row].max():.3g}; place it again.")
    return read


def _read_pp(content: bytes, source: str) -> LandmarkPoints:
    found: list[dict[str, str]] = []
    roots: list[str] = []

    def element(name, attributes):
        roots.append(name)
        if name == "point":
            found.append(attributes)

    def entity(*_):
        raise InputError(f"{source}: the file declares XML entities, which no landmark file needs; it was not read.")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EntityDeclHandler = element, entity
    try:
        parser.Parse(content, True)
    except expat.ExpatError as problem:
        raise InputError(
            f"{source}: this is no XML file of picked points ({problem}); save it in MeshLab again."
        ) from None
    if not found:
        raise InputError(f"{source}: there are no picked points in the file; save them in MeshLab again.")
    points = [
        _numbers([item.get(axis) for axis in "xyz"], f"{source}: point {k} ('{item.get('name', k)}')")
        for k, item in enumerate(found, start=1)
    ]
    active = np.array([item.get("active", "1").strip().lower() not in ("0", "false") for item in found])
    return LandmarkPoints(np.array(points), _names([item.get("name", "") for item in found]), active, source)


def _read_npy(content: bytes, source: str) -> LandmarkPoints:
    return LandmarkPoints(points_of_array(read_array(content, source), source, 3), source=source)


def read_array(content: bytes, source: str) -> np.ndarray:
    """The numbers of an .npy file; `InputError` when there are none."""
    array = npy.decode(content, source) if content.startswith(npy.MAGIC) else None
    if array is None or array.dtype.kind not in "fiu":
        raise InputError(f"{source}: this is no NumPy array of numbers; save an (N, 3) array with numpy.save.")
    return array


def points_of_array(array: np.ndarray, source: str, axes: int) -> np.ndarray:
    """(N, axes) float64 of an array, which may have a batch axis of one; `InputError` for other shapes."""
    if array.ndim == 3 and len(array) == 1:
        array = array[0]
    if array.ndim != 2 or array.shape[1] != axes:
        raise InputError(f"{source}: landmarks should have the shape (N, {axes}), not {array.shape}.")
    return array.astype(np.float64)


def _read_json(content: bytes, source: str) -> LandmarkPoints:
    document = read_json(content, source, 3)
    if isinstance(document, dict) and isinstance(document.get("markups"), list):
        return _slicer_points(document["markups"], source)
    points, names = points_of_json(document, source, 3)
    return LandmarkPoints(points, names, source=source)


def _slicer_points(markups: list, source: str) -> LandmarkPoints:
    """The control points of 3D Slicer's markups; those that were not placed keep their place and are not used.

    Slicer's frames (LPS, RAS) differ by a turn, so the points are taken in the file's own."""
    lists = [markup.get("controlPoints") if isinstance(markup, dict) else None for markup in markups]
    found = [point for points in lists if isinstance(points, list) for point in points]
    if not found or not all(isinstance(point, dict) for point in found):
        raise InputError(f"{source}: there are no control points in the markups; place them in 3D Slicer, save again.")
    placed = [point.get("positionStatus", "defined") == "defined" for point in found]
    names = _names([str(point.get("label", "")) for point in found])
    points = []
    for number, (point, there) in enumerate(zip(found, placed), start=1):
        where = f"{source}: control point {number} ('{point.get('label', number)}')"
        points.append(_numbers(point.get("position"), where) if there else [0.0, 0.0, 0.0])
    return LandmarkPoints(np.array(points), names, np.array(placed), source)


def _read_fcsv(content: bytes, source: str) -> LandmarkPoints:
    """3D Slicer's older markups: a header of comments that names the columns, then lines of values between commas.

    As of the newer ones, points are taken in the file's own frame, and those that are not placed keep their place."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{source}: this is no text file; save the markups in 3D Slicer again.") from None
    columns = _FCSV_COLUMNS
    rows = []
    for number, line in enumerate(lines, start=1):
        named = re.fullmatch(r"#\s*columns\s*=\s*(.*)", line)
        if named:
            columns = [name.strip() for name in named[1].split(",")]
        elif line.strip() and not line.startswith("#"):
            rows.append((number, next(csv.reader([line]))))
    if not rows or not {"x", "y", "z"} <= set(columns):
        raise InputError(f"{source}: there are no control points in the markups; place them in 3D Slicer, save again.")
    at = {name: place for place, name in enumerate(columns)}
    points, names, placed = [], [], []
    for number, values in rows:
        label = values[at["label"]].strip() if at.get("label", len(values)) < len(values) else ""
        # Slicer 5 adds whether a point is placed, without naming the column.
        status = values[len(columns) : len(columns) + 1] or [_FCSV_PLACED]
        placed.append(status[0].strip() in (_FCSV_PLACED, ""))
        names.append(label)
        place = [values[at[axis]] if at[axis] < len(values) else "" for axis in _AXES]
        points.append(_numbers(place, f"{source}, line {number} ('{label}')") if placed[-1] else [0.0, 0.0, 0.0])
    return LandmarkPoints(np.array(points), _names(names), np.array(placed), source)


def read_json(content: bytes, source: str, axes: int) -> object:
    """The document of a JSON file; `InputError` when it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise InputError(
            f"{source}: the file is no JSON ({problem}); it should look like {_json_shape(axes)}."
        ) from None


def points_of_json(document: object, source: str, axes: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """(N, axes) points of a document in any of the known shapes, and their names where there are some."""
    names: list = []
    if isinstance(document, dict) and isinstance(document.get("points"), list):
        names, document = document.get("names", []), document["points"]
    elif isinstance(document, dict):
        names, document = list(document), list(document.values())
    if not isinstance(document, list) or not isinstance(names, list) or (names and len(names) != len(document)):
        raise InputError(f"{source}: the file should look like {_json_shape(axes)}.")
    points = [_numbers(point, f"{source}: point {k}", axes) for k, point in enumerate(document, start=1)]
    return np.array(points).reshape(-1, axes), _names(list(map(str, names)))


def _json_shape(axes: int) -> str:
    point = f"[{', '.join(_AXES[:axes])}]"
    return f'[{point}, ...], {{"nose tip": {point}, ...}} or {{"points": [...], "names": [...]}}'


def _read_txt(content: bytes, source: str) -> LandmarkPoints:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{source}: this is no text file; write x y z per line.") from None
    rows = {
        number: words
        for number, line in enumerate(lines, start=1)
        if (words := line.partition("#")[0].replace(",", " ").replace(";", " ").split())
    }
    numbered = _has_leading_number(list(rows.values()), source)
    points, names = [], []
    for number, words in rows.items():
        if numbered:
            place, name = words[1:4], [f"{float(words[0]):.0f}"]
        elif all(map(_is_number, words[:3])):
            place, name = words[:3], words[3:]
        else:
            place, name = words[-3:], words[:-3]
        points.append(_numbers(place, f"{source}, line {number}"))
        names.append(" ".join(name))
    return LandmarkPoints(np.array(points).reshape(-1, 3), _names(names), source=source)


def _has_leading_number(rows: list[list[str]], source: str) -> bool:
    """Whether lines begin with the landmark's own number and x y z follow; `InputError` when that cannot be told.

    A column is a number when it is whole and there is each one once. Where four numbers stand in every line and both the
    first and the last are, the one that counts on from 0 or 1 is; where both or neither do, nobody can tell."""
    if not rows or not all(len(words) >= 4 and all(map(_is_number, words[:4])) for words in rows):
        return False
    first = _numbering([words[0] for words in rows])
    if any(len(words) > 4 for words in rows):
        # What follows four numbers is a name or a note.
        return first > 0
    last = _numbering([words[3] for words in rows])
    if first and first == last:
        raise InputError(
            f"{source}: the lines hold four numbers, and the first as well as the last could be the landmark's; "
            "give x y z and a name, or x y z alone."
        )
    return first > last


def _numbering(words: list[str]) -> int:
    """2 for a column that counts on from 0 or 1, 1 for whole numbers that are there once each, 0 for others."""
    numbers = [float(word) for word in words]
    if not all(number >= 0.0 and number % 1 == 0.0 for number in numbers) or len(set(numbers)) < len(numbers):
        return 0
    return 2 if numbers in ([float(k + start) for k in range(len(numbers))] for start in (0, 1)) else 1


def _names(names: list[str]) -> tuple[str, ...]:
    """The names where every point has one; none where some have none, as they order nothing then."""
    return tuple(names) if names and all(names) else ()


def _numbers(values, where: str, axes: int = 3) -> list[float]:
    fits = isinstance(values, list) and len(values) == axes
    if not fits or not all(_is_number(value) for value in values):
        wanted = f"{('two', 'three')[axes - 2]} numbers {', '.join(_AXES[:axes])}"
        raise InputError(f"{where}: should be {wanted}, not {json.dumps(values)[:60]}.")
    return [float(value) for value in values]


def is_place(value) -> bool:
    """Whether a value of a JSON file can be a coordinate: a finite number, not true, false or a text."""
    return type(value) in (int, float) and abs(value) <= FARTHEST


def _is_number(value) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        float(value)
    except (ValueError, OverflowError):
        return False
    return True


_READERS: dict[str, Callable[[bytes, str], LandmarkPoints]] = {
    ".pp": _read_pp,
    ".npy": _read_npy,
    ".json": _read_json,
    ".fcsv": _read_fcsv,
    ".txt": _read_txt,
}

SUFFIXES = tuple(_READERS)
"""Of files that are read."""
