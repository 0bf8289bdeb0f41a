"""The landmarks of a photo in the JSON that face detectors write: MediaPipe's shares of the picture, OpenPose's people."""

from __future__ import annotations

from ..errors import InputError
from .landmark_files import is_place

# Where MediaPipe's results, in Python, JavaScript and as protobuf's JSON, hold the faces of a picture or the points of one.
_MEDIAPIPE = (
    *("faceLandmarks", "face_landmarks", "multiFaceLandmarks", "multi_face_landmarks"),
    *("normalizedLandmarks", "landmarks", "landmark"),
)
_PEOPLE, _OPENPOSE = "people", "face_keypoints_2d"
_DEEPEST = 4


def detected_points(document: object, source: str) -> list[list[float]] | None:
    """[x, y] of every point of the one face in a detector's document; None when it is no such document. Points that
    were not seen have NaN in their place.

    Raises `InputError` when there are several faces, none, or a point is no pair of numbers."""
    if isinstance(document, dict) and isinstance(document.get(_PEOPLE), list):
        return _openpose(document[_PEOPLE], source)
    found, named = document, False
    for _ in range(_DEEPEST):
        key = next((key for key in _MEDIAPIPE if isinstance(found, dict) and key in found), None)
        if key is not None:
            found, named = found[key], True
        elif isinstance(found, list) and (named or _holds_points(found)) and not _is_point(next(iter(found), None)):
            found = _only(found, source)
        else:
            break
    if not isinstance(found, list) or not found or not (named or isinstance(found[0], dict)):
        return None
    return [_place(point, f"{source}: point {number}") for number, point in enumerate(found, start=1)]


def _is_point(value: object) -> bool:
    if isinstance(value, dict):
        return "x" in value
    return isinstance(value, list) and bool(value) and is_place(value[0])


def _holds_points(faces: list) -> bool:
    """Whether a list is of faces, each with points as objects."""
    return bool(faces) and isinstance(faces[0], list) and bool(faces[0]) and isinstance(faces[0][0], dict)


def _only(faces: list, source: str) -> object:
    if len(faces) != 1:
        raise InputError(f"{source}: there are {len(faces)} faces in the file; keep the one that is meant.")
    return faces[0]


def _place(point: object, where: str) -> list[float]:
    """x and y; the depth, visibility and confidence that detectors add are not used."""
    values = [point.get("x"), point.get("y")] if isinstance(point, dict) else point
    if not isinstance(values, list) or not 2 <= len(values) <= 3 or not all(map(is_place, values)):
        raise InputError(f"{where}: should be two numbers x, y; save the detector's result again.")
    return [float(value) for value in values[:2]]


def _openpose(people: list, source: str) -> list[list[float]]:
    faces = [person.get(_OPENPOSE) for person in people if isinstance(person, dict) and person.get(_OPENPOSE)]
    values = _only(faces, source)
    if not isinstance(values, list) or len(values) % 3 or not all(map(is_place, values)):
        raise InputError(f"{source}: '{_OPENPOSE}' should be x, y and a confidence for every point.")
    # A point that OpenPose does not see has no confidence and lies at the corner.
    return [
        [float(x), float(y)] if confidence > 0.0 else [float("nan")] * 2
        for x, y, confidence in zip(values[::3], values[1::3], values[2::3])
    ]
