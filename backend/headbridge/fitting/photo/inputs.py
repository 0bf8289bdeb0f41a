"""Photos and landmarks as they are given, checked, and found where they are not."""

from __future__ import annotations

import numpy as np

from ...detection.camera_distance import likely_distance
from ...detection.ears.finding import shipped_ear_finder
from ...detection.face_alignment_detector import find_face_68
from ...detection.face_parsing import parse_face
from ...detection.faces import FaceDetection, NoFace, face_angle, find_face
from ...detection.landmark_hull import landmark_hull
from ...detection.parsing.classes import COVERING
from ...detection.parsing.parse import FaceParse, shipped_parser
from ...errors import InputError
from ...progress import Progress
from .camera import focal_pixels
from .job import DETECTED, IBUG, FitPhotoSettings, PhotoLandmarks, PhotoView
from .landmark_places import number_count
from .seen_face import SeenFace
from .view import Screen

_FEWEST_POINTS = 6
# A face smaller than this many pixels tells nothing.
_LEAST_EXTENT = 8.0
# A share of the face.
_MUCH_COVERED = 0.35


def see_face(view: PhotoView, settings: FitPhotoSettings, progress: Progress) -> SeenFace:
    """The face of a photo with its landmarks, which are looked for unless they are given.

    Raises `InputError` for photos without a face, landmarks that are too few or outside, and masks of another size."""
    photo = view.photo
    height, width = photo.pixels.shape[:2]
    progress.report(0.0, "Looking for the face")
    if view.mask is not None and view.mask.shape != (height, width):
        raise InputError(
            f"{photo.name}: the mask has {view.mask.shape[1]} x {view.mask.shape[0]} pixels, the photo {width} x "
            f"{height}; give one of the photo's size."
        )
    landmarks, parse, doubt, ears, distance, among = view.landmarks, None, None, None, None, 1
    if landmarks is None and settings.detector == "face-alignment":
        points = find_face_68(photo, settings.face, settings.device, progress)
        landmarks = PhotoLandmarks(points, np.arange(len(points)), IBUG)
    elif landmarks is None:
        detection = find_face(photo, settings.face, progress, settings.device)
        points, among = detection.points, detection.among
        landmarks = PhotoLandmarks(points[:, :2], np.arange(len(points)), DETECTED)
        progress.report(0.8, "Telling skin from hair and things")
        parse = shipped_parser(settings.device)(photo.pixels, points)
        doubt = _doubt(detection, parse)
        ears = shipped_ear_finder(settings.device)(photo.pixels, points)
        distance = likely_distance(points, ears, face_angle(points))
    else:
        _check(landmarks, photo.name, width, height)
    told = photo.focal_pixels
    if settings.focal > 0.0:
        told = focal_pixels(settings.focal, float(np.hypot(width, height)))
    mask = view.mask
    if mask is None and settings.parser_file:
        progress.report(0.9, "Asking the face parser")
        mask = parse_face(photo.pixels, landmarks.points, settings.parser_file)
    weights = _weights(mask, photo.alpha)
    screen = Screen.whole(width, height)
    if view.pins is not None:
        _check_points(view.pins, photo.name)
    masked = mask is not None
    face = SeenFace(
        photo.name,
        photo.pixels,
        screen,
        landmarks,
        told,
        weights,
        masked,
        parse,
        pins=view.pins,
        dense=view.dense,
        ears=ears,
        distance=distance,
        doubt=doubt,
        among=among,
    )
    return face if view.left_out is None else face.without(view.left_out, IBUG)


def _doubt(detection: FaceDetection, parse: FaceParse) -> str | None:
    if not detection.sure:
        return (
            "the landmark detector is not sure of this face, which is hidden, turned far or hard to see: its looks differ "
            f"by {100.0 * detection.disagreement:.1f} % of the face's size"
        )
    covered = parse.chance(COVERING)[landmark_hull(detection.points[:, :2], parse.shape)]
    if covered.size and covered.mean() > _MUCH_COVERED:
        return f"{100.0 * covered.mean():.0f} % of the face is covered, where landmarks are guessed"
    return None


def see_faces(
    views: tuple[PhotoView, ...], settings: FitPhotoSettings, progress: Progress
) -> tuple[tuple[SeenFace, ...], tuple[int, ...], list[str]]:
    """The faces of all photos but those in which none is found, the numbers of their photos, and sentences about the
    others. Raises what `see_face` does, and `NoFace` when there is none in any."""
    seen, numbers, left_out = [], [], []
    missing: NoFace | None = None
    steps = np.linspace(0.0, 1.0, len(views) + 1)
    for number, view in enumerate(views):
        try:
            seen.append(see_face(view, settings, progress.part(float(steps[number]), float(steps[number + 1]))))
            numbers.append(number)
        except NoFace as problem:
            missing = missing or problem
            left_out.append(f"{view.photo.name} was left out: no face was found in it.")
    if missing is not None and not seen:
        raise missing
    return tuple(seen), tuple(numbers), left_out


def other_faces(faces: tuple[SeenFace, ...], number: int) -> list[str]:
    """A sentence for each photo that shows more faces than the one that is fitted, which is the `number`-th largest."""
    which = "the largest" if number == 1 else f"number {number} by size"
    return [
        f"{face.name}: {face.among} faces were found; {which} is fitted. Another is chosen by its number (Face, --face)."
        for face in faces
        if face.among > 1
    ]


def _weights(*masks: np.ndarray | None) -> np.ndarray | None:
    known = [mask.astype(np.float32) for mask in masks if mask is not None]
    return np.prod(known, axis=0) if known else None


def _check_points(landmarks: PhotoLandmarks, name: str) -> None:
    points, numbers = landmarks.points, landmarks.numbers
    if points.shape != (len(numbers), 2):
        raise InputError(f"{name}: landmarks should have the shape ({len(numbers)}, 2), not {points.shape}.")
    count = number_count(landmarks.order)
    if len(numbers) and not (0 <= numbers.min() and numbers.max() < count):
        raise InputError(f"{name}: landmark numbers of this order go from 0 to {count - 1}.")
    if not np.isfinite(points).all():
        raise InputError(f"{name}: a landmark is NaN or infinite; place it again or leave it out.")


def _check(landmarks: PhotoLandmarks, name: str, width: int, height: int) -> None:
    _check_points(landmarks, name)
    points, numbers = landmarks.points, landmarks.numbers
    if len(numbers) < _FEWEST_POINTS:
        raise InputError(f"{name}: there are {len(numbers)} landmarks; give at least {_FEWEST_POINTS}, better 51.")
    if (np.ptp(points, axis=0) < _LEAST_EXTENT).all():
        raise InputError(f"{name}: all landmarks lie within {_LEAST_EXTENT:g} pixels; see that they are in pixels.")
    inside = (points > 0.0).all(axis=1) & (points < (width, height)).all(axis=1)
    if inside.mean() < 0.5:
        raise InputError(
            f"{name}: most landmarks lie outside of the picture of {width} x {height} pixels; see that they belong to "
            "it and are in pixels from the upper left corner."
        )
