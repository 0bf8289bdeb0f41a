"""Fitting a head to photos of one person: landmarks, then light and colours, then the texture."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from ...errors import InputError
from ...linalg.blas_threads import single_blas_thread
from ...metrics.statistics import summary
from ...progress import Progress
from ...topologies import load_builtin, load_topology
from ..heads import load_head
from ..likely_people import knows_kinds
from ..posable import ROOT, HeadState, PosableHead, Posed
from ..result import fit_result
from .inputs import other_faces, see_faces
from .job import (
    FitPhotoInput,
    FitPhotoResult,
    FitPhotoSettings,
    FittedLandmarks,
    FittedView,
    PhotoTexture,
)
from .judging import judge
from .kept_fit import KeptFit
from .landmark_stage import LandmarkFit, fit_landmarks, free_unknowns, known_landmarks, start_state
from .likely_face import in_all_people, likely_face, with_heads
from .made_of import digest
from .pictures import shape_overlay
from .pins import follow_pins
from .posed_photo import PosedPhoto
from .prior import PhotoPrior, photo_prior
from .problem import PhotoProblem
from .same_person import identity_evidence, identity_precision, strangers
from .seen_face import SeenFace
from .state import PhotoState, ViewState
from .view import photo_camera

Preview = Callable[[np.ndarray], None]
"""Takes an (H, W, 3) uint8 sRGB picture of how far the fit is."""

# Pixels along a preview's longer side.
_PREVIEW_SIZE = 512


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
    if settings.renderer == "pytorch3d":
        # Whether it is there is told before any work; who does not ask for it does not wait for renderers to load.
        from ...render import load_pytorch3d

        load_pytorch3d()
    progress.report(0.0, "Reading the model")
    head = load_head(settings.model, settings.model_file, settings.identities)
    known, told = None, ()
    if settings.identity:
        # Conversions take half a second to load, so whoever does without does not wait for them.
        from .given_identity import given_identity

        known, sentence = given_identity(settings.identity, head, settings, progress.part(0.0, 0.02))
        told = (sentence,)
    faces, used, left_out = see_faces(inputs.views, settings, progress.part(0.02, 0.15))
    given = tuple(inputs.views[number] for number in used)
    prior = photo_prior(head, settings.prior, known)
    # Whose head it is may be told: then nobody has to be compared.
    others = _strangers(head, faces, prior, progress.part(0.15, 0.2)) if known is None else []
    free = free_unknowns(head, len(faces), inputs.keep_identity)
    made_of = digest(given, settings)
    kept = inputs.kept if inputs.kept is not None and inputs.kept.suits(head, made_of) else None
    stage = progress.part(0.2, 1.0 if settings.landmarks_only else 0.3)

    def report(share: float, now: PhotoState) -> None:
        vertices = upright(head, now.views[0]) if stage.wants_vertices else None
        stage.report(share, "Fitting the landmarks", vertices)

    if kept is not None:
        fitted = known_landmarks(head, faces, kept.state, prior, free)
    else:
        state = start_state(head, faces) if inputs.previous is None else _continued(head, inputs.previous, len(faces))
        if known is not None and inputs.previous is None:
            state = state.with_identity(known)
        fitted = fit_landmarks(head, faces, state, prior, free, settings.iterations, report)
    likely, model_head = None, head
    if knows_kinds(head) and known is None and not inputs.keep_identity:
        likely = likely_face(PhotoProblem(head, fitted.terms, prior, free), fitted.state)
        head, prior = likely.head, photo_prior(likely.head, settings.prior)
        state = with_heads(fitted.state, likely.into)
        if kept is not None:
            kept = replace(kept, state=state)
            fitted = known_landmarks(head, faces, state, prior, free)
        else:
            fitted = fit_landmarks(head, faces, state, prior, free, settings.iterations, report)
    template = load_builtin(head.key)
    notes = [f"Model: {head.label}.", *told, *(note for view in given for note in view.notes), *left_out]
    notes += other_faces(faces, settings.face)
    if inputs.kept is not None and kept is None:
        notes.append("The fit before was of other photos, landmarks or settings, so that all was fitted anew.")
    if settings.landmarks_only:
        kept = KeptFit(made_of, fitted.state, np.zeros(0), np.zeros(0))
        state = follow_pins(head, faces, fitted.state, prior, free)
        found = known_landmarks(head, faces, state, prior, free)
        overlays = _overlays(_posed(head, faces, state), template, found.landmarks, preview)
        views = tuple(
            replace(view, overlay=overlay)
            for view, overlay in zip(_fitted_views(head, faces, found), overlays, strict=True)
        )
        logs, texture, model, table, parts, relit = (fitted.log,), None, None, None, None, None
    else:
        _overlays(_posed(head, faces, fitted.state)[:1], template, fitted.landmarks[:1], preview)
        problem = PhotoProblem(head, fitted.terms, prior, free)
        # The texture model takes a second to load, so whoever does without does not wait for it.
        from .colours import face_psnr, fit_colours
        from .gaze import with_gaze
        from .inner_parts import lacks_eyes
        from .showing import show_fit

        colours = fit_colours(problem, faces, fitted.state, settings, progress.part(0.3, 0.9), kept)
        kept = KeptFit(made_of, colours.fitted.state, colours.fitted.albedo, np.array(colours.fitted.sigma))
        if lacks_eyes(head):
            colours = replace(colours, state=with_gaze(head, faces, colours.state))
        state, logs = colours.state, (fitted.log, *colours.logs)
        notes += colours.notes
        found = known_landmarks(head, faces, state, prior, free)
        overlays = _overlays(colours.photos, template, found.landmarks, preview)
        # Inner parts have the coefficients of all people.
        whole = colours if likely is None else replace(colours, state=with_heads(state, likely.back))
        start = _at_origin(whole.state.views[0])
        shown = show_fit(model_head, faces, whole, start, settings, progress.part(0.9, 1.0))
        views = tuple(
            replace(
                view,
                overlay=overlay,
                render=render,
                skin=photo.weights,
                parse=labels,
                metrics=view.metrics
                | {
                    "psnr_model": face_psnr(face.pixels, model, marks.given, labels),
                    "psnr": face_psnr(face.pixels, render, marks.given, labels),
                },
            )
            for view, photo, face, overlay, model, render, labels, marks in zip(
                _fitted_views(head, faces, found),
                colours.photos,
                faces,
                overlays,
                shown.model_renders,
                shown.renders,
                (parse.labels for parse in colours.parsed),
                found.landmarks,
                strict=True,
            )
        )
        table, parts, relit = shown.turntable, shown.parts, shown.relit
        texture, model = PhotoTexture(shown.texture.images, shown.texture.coverages), colours.model
    if likely is not None:
        state, kept = with_heads(state, likely.back), replace(kept, state=with_heads(kept.state, likely.back))
        views = tuple(
            replace(view, fit=in_all_people(view.fit, own)) for view, own in zip(views, state.views, strict=True)
        )
    metrics = {
        "landmark_error": float(np.mean([view.metrics["landmark_error"] for view in views])),
        "identity_sigmas": float(np.sqrt(np.mean(state.identity**2))),
        "seconds": time.perf_counter() - started,
        "timings": {log.name: log.seconds for log in logs},
    }
    verdict = judge(faces, views, others, left_out)
    progress.report(1.0, "Done")
    return FitPhotoResult(
        views[0].fit,
        views,
        used,
        state,
        kept,
        logs,
        verdict,
        texture,
        model,
        table,
        metrics,
        tuple(notes),
        parts,
        relit,
    )


def _strangers(head: PosableHead, faces: tuple[SeenFace, ...], prior: PhotoPrior, progress: Progress) -> list[int]:
    """Which of several photos show another person."""
    if len(faces) == 1:
        return []
    free, found = free_unknowns(head, 1), []
    for number, face in enumerate(faces):
        progress.report(number / len(faces), "Comparing the persons")
        found.append(identity_evidence(head, face, prior, free))
    return strangers(found, identity_precision(head, prior))


def upright(head: PosableHead, view: ViewState) -> np.ndarray:
    """(V, 3) the head of a photo, upright at the origin."""
    return Posed(head, _at_origin(view)).vertices()


def _at_origin(view: ViewState) -> HeadState:
    rotations = view.head.rotations.copy()
    rotations[ROOT] = np.eye(3)
    return replace(view.head, rotations=rotations, translation=np.zeros(3))


def _posed(head: PosableHead, faces: tuple[SeenFace, ...], state: PhotoState) -> tuple[PosedPhoto, ...]:
    return tuple(
        PosedPhoto(face.pixels, Posed(head, view.head).vertices(), face.screen.matrix(view.focal), name=face.name)
        for face, view in zip(faces, state.views, strict=True)
    )


def _overlays(photos, template, landmarks: tuple[FittedLandmarks, ...], preview: Preview | None):
    pictures = [shape_overlay(photo, template, marks) for photo, marks in zip(photos, landmarks, strict=True)]
    if preview is not None:
        preview(_reduced(pictures[0]))
    return pictures


def _reduced(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = _PREVIEW_SIZE / max(height, width)
    if scale >= 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _fitted_views(head: PosableHead, faces: tuple[SeenFace, ...], found: LandmarkFit) -> tuple[FittedView, ...]:
    views = zip(faces, found.state.views, found.landmarks, found.distance_sigmas, strict=True)
    return tuple(_fitted_view(head, *view) for view in views)


def _fitted_view(
    head: PosableHead, face: SeenFace, view: ViewState, landmarks: FittedLandmarks, distance_sigma: float
) -> FittedView:
    apart = np.linalg.norm(landmarks.fitted - landmarks.given, axis=1)
    size = _outer_eye_pixels(head, view)
    metrics = {
        "landmark_error": float(apart[landmarks.weights > 0.0].mean() / size),
        "landmarks_px": summary(apart),
        "outer_eye_px": size,
        "focal_px": view.focal,
        "distance_mm": float(-view.head.translation[2]),
        # Of the logarithm: a share of the distance.
        "distance_sigma": distance_sigma,
    }
    fit = fit_result(head, _at_origin(view), 1.0, metrics, ())
    return FittedView(face.name, fit, photo_camera(head, view, face.screen), landmarks, view.light, metrics=metrics)


def _outer_eye_pixels(head: PosableHead, view: ViewState) -> float:
    """Pixels between the outer eye corners as they would look from the front."""
    corners = load_topology(head.key).landmarks_68.subset([36, 45]).evaluate(Posed(head, view.head).vertices())
    return float(np.linalg.norm(corners[1] - corners[0]) * view.focal / -corners[:, 2].mean())


def _continued(head: PosableHead, previous: PhotoState, views: int) -> PhotoState:
    if len(previous.views) != views:
        raise InputError(f"The previous fit has {len(previous.views)} photos, but there are {views}; give as many.")
    if previous.views[0].head.coefficients.shape != (head.coefficient_count,):
        raise InputError(f"The previous fit is of another model than {head.label}; start without it.")
    return previous
