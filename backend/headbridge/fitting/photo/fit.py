"""Fitting a head to photos of one person: landmarks, then light and colours, then the texture."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...detection.faces import find_face
from ...errors import InputError
from ...linalg.blas_threads import single_blas_thread
from ...metrics.statistics import summary
from ...progress import Progress
from ...topologies import load_topology
from ..heads import load_head
from ..job import FitResult
from ..posable import ROOT, PosableHead, Posed
from ..result import fit_result
from .camera import focal_pixels
from .job import (
    DETECTED,
    FitPhotoInput,
    FitPhotoResult,
    FitPhotoSettings,
    FittedView,
    PhotoLandmarks,
    PhotoView,
)
from .landmark_places import number_count
from .landmark_stage import fit_landmarks, free_unknowns, start_state
from .prior import photo_prior
from .seen_face import SeenFace
from .state import PhotoState, ViewState
from .view import Screen, photo_camera

Preview = Callable[[np.ndarray], None]
"""Takes an (H, W, 3) uint8 sRGB picture of how far the fit is."""

_FEWEST_POINTS = 6
# A face smaller than this many pixels tells nothing.
_LEAST_EXTENT = 8.0


@single_blas_thread()
def fit_photo(
    inputs: FitPhotoInput,
    settings: FitPhotoSettings = FitPhotoSettings(),
    progress: Progress = Progress(),
    preview: Preview | None = None,
) -> FitPhotoResult:
    """Fit a head to photos of one person, which share identity and texture.

    Progress carries intermediate vertices of the first photo's head, upright at the origin.
    Raises `InputError` for photos without a face, landmarks that are too few, outside or in no known order, and masks
    of another size; `HeadBridgeError` when the detector is not installed; `Cancelled`."""
    started = time.perf_counter()
    if not inputs.views:
        raise InputError("There is no photo to fit; give at least one.")
    progress.report(0.0, "Reading the model")
    head = load_head(settings.model, settings.model_file)
    steps = np.linspace(0.02, 0.2, len(inputs.views) + 1)
    faces = tuple(
        _seen(view, settings, progress.part(*part))
        for view, part in zip(inputs.views, zip(steps[:-1], steps[1:]), strict=True)
    )
    prior = photo_prior(head, settings.prior)
    free = free_unknowns(head, len(faces), inputs.keep_identity)
    state = start_state(head, faces) if inputs.previous is None else _continued(head, inputs.previous, len(faces))
    stage = progress.part(0.2, 1.0 if settings.landmarks_only else 0.3)

    def report(share: float, now: PhotoState) -> None:
        vertices = upright(head, now.views[0]) if stage.wants_vertices else None
        stage.report(share, "Fitting the landmarks", vertices)

    fitted = fit_landmarks(head, faces, state, prior, free, settings.iterations, report)
    state, logs = fitted.state, [fitted.log]
    views = tuple(
        _fitted_view(head, face, view, landmarks)
        for face, view, landmarks in zip(faces, state.views, fitted.landmarks, strict=True)
    )
    notes = [f"Model: {head.label}.", *(note for view in inputs.views for note in view.photo.notes)]
    metrics = {
        "landmark_error": float(np.mean([view.metrics["landmark_error"] for view in views])),
        "identity_sigmas": float(np.sqrt(np.mean(state.identity**2))),
        "seconds": time.perf_counter() - started,
        "timings": {log.name: log.seconds for log in logs},
    }
    progress.report(1.0, "Done")
    return FitPhotoResult(views[0].fit, views, state, tuple(logs), metrics=metrics, notes=tuple(notes))


def upright(head: PosableHead, view: ViewState) -> np.ndarray:
    """(V, 3) the head of a photo, upright at the origin."""
    return Posed(head, _at_origin(view)).vertices()


def _at_origin(view: ViewState):
    rotations = view.head.rotations.copy()
    rotations[ROOT] = np.eye(3)
    return replace(view.head, rotations=rotations, translation=np.zeros(3))


def _fitted_view(head: PosableHead, face: SeenFace, view: ViewState, landmarks) -> FittedView:
    apart = np.linalg.norm(landmarks.fitted - landmarks.given, axis=1)
    size = _outer_eye_pixels(head, face, view)
    metrics = {
        "landmark_error": float(apart[landmarks.weights > 0.0].mean() / size),
        "landmarks_px": summary(apart),
        "outer_eye_px": size,
        "focal_px": view.focal,
        "distance_mm": float(-view.head.translation[2]),
    }
    fit: FitResult = fit_result(head, _at_origin(view), 1.0, metrics, ())
    return FittedView(face.name, fit, photo_camera(head, view, face.screen), landmarks, view.light, metrics=metrics)


def _outer_eye_pixels(head: PosableHead, face: SeenFace, view: ViewState) -> float:
    """Pixels between the outer eye corners as they would look from the front."""
    corners = load_topology(head.key).landmarks_68.subset([36, 45]).evaluate(Posed(head, view.head).vertices())
    return float(np.linalg.norm(corners[1] - corners[0]) * view.focal / -corners[:, 2].mean())


def _continued(head: PosableHead, previous: PhotoState, views: int) -> PhotoState:
    if len(previous.views) != views:
        raise InputError(f"The previous fit has {len(previous.views)} photos, but there are {views}; give as many.")
    if previous.views[0].head.coefficients.shape != (head.coefficient_count,):
        raise InputError(f"The previous fit is of another model than {head.label}; start without it.")
    return previous


def _seen(view: PhotoView, settings: FitPhotoSettings, progress: Progress) -> SeenFace:
    photo = view.photo
    height, width = photo.pixels.shape[:2]
    progress.report(0.0, "Looking for the face")
    if view.mask is not None and view.mask.shape != (height, width):
        raise InputError(
            f"{photo.name}: the mask has {view.mask.shape[1]} x {view.mask.shape[0]} pixels, the photo {width} x "
            f"{height}; give one of the photo's size."
        )
    landmarks = view.landmarks
    if landmarks is None:
        points = find_face(photo, settings.face, progress).points
        landmarks = PhotoLandmarks(points[:, :2], np.arange(len(points)), DETECTED)
    else:
        _check(landmarks, photo.name, width, height)
    told = photo.focal_pixels
    if settings.focal > 0.0:
        told = focal_pixels(settings.focal, float(np.hypot(width, height)))
    return SeenFace(photo.name, photo.pixels, Screen.whole(width, height), landmarks, told, view.mask)


def _check(landmarks: PhotoLandmarks, name: str, width: int, height: int) -> None:
    points, numbers = landmarks.points, landmarks.numbers
    if points.shape != (len(numbers), 2):
        raise InputError(f"{name}: landmarks should have the shape ({len(numbers)}, 2), not {points.shape}.")
    count = number_count(landmarks.order)
    if len(numbers) and not (0 <= numbers.min() and numbers.max() < count):
        raise InputError(f"{name}: landmark numbers of this order go from 0 to {count - 1}.")
    if not np.isfinite(points).all():
        raise InputError(f"{name}: a landmark is NaN or infinite; place it again or leave it out.")
    if len(numbers) < _FEWEST_POINTS:
        raise InputError(f"{name}: there are {len(numbers)} landmarks; give at least {_FEWEST_POINTS}, better 51.")
    if (np.ptp(points, axis=0) < _LEAST_EXTENT).all():
        raise InputError(f"{name}: all landmarks lie within {_LEAST_EXTENT:g} pixels; see that they are in pixels.")
    inside = (points > 0.0).all(axis=1) & (points < (width, height)).all(axis=1)
    if inside.mean() < 0.5:
        raise InputError(
            f"{name}: most landmarks lie outside of the picture of {width} x {height} pixels; see that they belong to it "
            "and are in pixels from the upper left corner."
        )
