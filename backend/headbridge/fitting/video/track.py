"""From a video to a head that moves as the face in it."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from ...errors import InputError
from ...linalg.blas_threads import single_blas_thread
from ...models.catalogue import FLAME_JOINTS
from ...progress import Progress
from ...topologies import load_builtin, load_topology
from ...video import Footage, frame_range
from ..heads import load_head
from ..photo.job import CALIBRATED, FittedLandmarks
from ..photo.pictures import shape_overlay
from ..photo.posed_photo import PosedPhoto
from ..photo.prior import photo_prior
from ..photo.view import Screen
from ..posable import HeadState, PosableHead, Posed
from ..result import coefficients_of
from ..sequence.choice import evenly_spread
from .aligning import align, off_of_aligned
from .choice import frames_that_differ
from .following import follow, packed, settle_again, unpacked
from .frame_problem import FrameModel, FrameProblem
from .job import TrackVideoResult, TrackVideoSettings
from .judging import track_verdict
from .motion import most_likely_motion
from .parts import Parts
from .person import TrackedPerson, find_person
from .watching import Watched, watch

# So many frames that differ tell who the person is and which lens was used.
_FRAMES_OF_THE_PERSON = 12
# The second time frames are laid on a sharper mean.
_ALIGNED_TIMES = 2
_OF_ALL = ("identity", "larynx_size")


@single_blas_thread()
def track_video(
    footage: Footage,
    settings: TrackVideoSettings = TrackVideoSettings(),
    progress: Progress = Progress(),
    parts: Parts | None = None,
) -> TrackVideoResult:
    """One identity and lens, and expression, jaw, eyes, lids and place of every frame, of a face in a video.

    The face is followed from frame to frame by its 478 points; frames that differ tell identity and focal length together;
    then every frame is fitted from the one before; and then all frames together, weighed against even motion (`motion`),
    so that nothing lags. No more than a few frames' pictures are in memory at a time.

    parts : where the stages leave what they have done, so that a job that was ended goes on, with the same result; None is
    a folder that is gone afterwards. Raises `InputError` for footage without a face and heads that cannot be kept
    as a sequence, and `Cancelled`."""
    if parts is None:
        with tempfile.TemporaryDirectory(prefix="headbridge-track-") as folder:
            return track_video(footage, settings, progress, Parts(Path(folder)))
    started = time.perf_counter()
    progress.report(0.0, "Reading the model")
    head = load_head(settings.model, settings.model_file)
    if head.joint_names != FLAME_JOINTS:
        raise InputError(
            f"{head.label} has a spine of several joints, whose motion cannot be kept as a sequence yet; choose another model."
        )
    first, end, step = frame_range(settings.frames)

    def wanted(number: int) -> bool:
        return number >= (first or 0) and (end is None or number < end) and (number - (first or 0)) % step == 0

    watched = watch(footage, wanted, settings.person, settings.device, parts, progress.part(0.0, 0.45), end)
    screen = Screen.whole(footage.width, footage.height)
    detected = watched
    person = _person(head, watched, screen, settings, parts, progress.part(0.45, 0.55))
    prior = photo_prior(head, settings.prior)
    model = FrameModel.of(person, prior)
    states = follow(model, watched, parts, progress.part(0.55, 0.65))
    if settings.align:
        for number in range(_ALIGNED_TIMES):
            span = progress.part(0.65 + 0.1 * number / _ALIGNED_TIMES, 0.65 + 0.1 * (number + 1) / _ALIGNED_TIMES)
            stage = f"skin_{number}"
            watched, followed = align(footage, person, watched, states, stage, parts, span.part(0.0, 0.6))
            person = replace(person, off=off_of_aligned(person, watched, states, followed))
            model = FrameModel.of(person, prior, followed)
            states = settle_again(model, watched, states, f"states_{stage}", parts, span.part(0.6, 1.0))
    coloured = 0.85 if settings.texture else 0.96
    states, numbers = _moving(model, watched, states, settings, parts, progress.part(0.75, coloured - 0.01))
    errors = _errors(model, person, watched, states, progress.part(coloured - 0.01, coloured))
    metrics = _metrics(person, watched, errors) | numbers
    colours, colourless = None, ""
    if settings.texture:
        # What makes textures takes a second to load.
        from .colouring import colour_head

        try:
            colours = colour_head(footage, person, detected, states, settings, parts, progress.part(coloured, 0.96))
            if np.isfinite(colours.psnr):
                metrics["psnr"] = colours.psnr
        except InputError as problem:
            colourless = f"The head got no texture: {problem}"
    overlays = _overlays(footage, person, model, watched, states, errors, settings.overlays, progress.part(0.96, 1.0))
    notes = [f"Model: {head.label}.", *footage.notes]
    if watched.most_faces > 1:
        which = f"number {settings.person} from the left" if settings.person else "the largest"
        notes.append(f"There are up to {watched.most_faces} faces; {which} was followed (--person names another).")
    if not model.sees_eyes:
        notes.append(f"{head.label} has no eyeballs, so that nothing tells the gaze.")
    notes += [colourless] if colourless else []
    notes += () if colours is None else colours.notes
    metrics["seconds"] = time.perf_counter() - started
    metrics["seconds_per_frame"] = metrics["seconds"] / len(watched.numbers)
    damaged = next((note for note in footage.notes if "ends after" in note), "")
    return TrackVideoResult(
        model=head.key,
        version=head.version,
        label=head.label,
        frame_ids=watched.numbers,
        seconds=watched.seconds,
        valid=watched.valid,
        coefficients=_coefficients(person, states),
        expression_names=head.expression_names,
        matrix=screen.matrix(float(np.exp(person.log_focal))),
        size=(footage.width, footage.height),
        starts=watched.starts,
        verdict=track_verdict(metrics, damaged),
        overlays=overlays,
        texture=None if colours is None else colours.texture,
        light=None if colours is None else colours.light,
        metrics=metrics,
        notes=tuple(notes),
    )


def _person(
    head: PosableHead, watched: Watched, screen: Screen, settings: TrackVideoSettings, parts: Parts, progress: Progress
) -> TrackedPerson:
    kept = parts.load("person")
    if kept is None:
        rows = frames_that_differ(watched, _FRAMES_OF_THE_PERSON)
        points = [watched.points(row) for row in rows]

        def report(share: float) -> None:
            progress.report(share, f"Finding the person in {len(rows)} frames")

        person = find_person(head, points, screen, settings.focal, settings.prior, report)
        kept = {"coefficients": person.coefficients, "log_focal": np.array(person.log_focal), "off": person.off}
        parts.keep("person", kept)
    return TrackedPerson(head, kept["coefficients"], float(kept["log_focal"]), screen, kept["off"])


def _moving(model, watched, states, settings: TrackVideoSettings, parts: Parts, progress: Progress):
    kept = parts.load("motion")
    if kept is not None:
        names = [name for name in kept if name.startswith("number_")]
        return unpacked(kept), {name[7:]: float(kept[name]) for name in names}

    def report(share: float) -> None:
        progress.report(share, "Weighing frames against each other")

    states, numbers = most_likely_motion(model, watched, states, settings.smoothing, report)
    parts.keep("motion", packed(states) | {f"number_{name}": np.array(value) for name, value in numbers.items()})
    return states, numbers


def _errors(
    model: FrameModel, person: TrackedPerson, watched: Watched, states: list[HeadState | None], progress: Progress
) -> np.ndarray:
    """(T,) mean distance of the points from where the detector should see them, share of the outer-eye distance as from
    the front; NaN where there is no face."""
    corners = load_topology(person.head.key).landmarks_68.subset([36, 45])
    few = person.head.of_one_person(person.coefficients).restricted(corners.vertices.ravel())
    first, second = np.einsum("nk,nkd->nd", corners.weights, few.template.reshape(2, 3, 3))
    size, focal = float(np.linalg.norm(first - second)), float(np.exp(person.log_focal))
    errors = np.full(len(states), np.nan)
    for row, state in enumerate(states):
        progress.report(row / len(states), "Measuring")
        if state is not None:
            term = FrameProblem.of(model, watched.seen(row), state).term
            apart = term.places(model.view(state), Posed(model.head, state)) - term.targets
            pixels = size * focal / max(-state.translation[2], 1.0)
            errors[row] = np.linalg.norm(apart[term.weights > 0.0], axis=1).mean() / pixels
    return errors


def _metrics(person: TrackedPerson, watched: Watched, errors: np.ndarray) -> dict[str, Any]:
    worst = int(np.nanargmax(errors))
    return {
        "frames": len(errors),
        "seen": int(watched.valid.sum()),
        "faces": watched.most_faces,
        "cuts": int(watched.starts[1:].sum()),
        "landmark_error": float(np.nanmean(errors)),
        "worst_frame": {"frame": int(watched.numbers[worst]), "landmark_error": float(errors[worst])},
        "focal_px": float(np.exp(person.log_focal)),
        "identity_sigmas": float(np.sqrt(np.mean(person.coefficients[person.head.parts["identity"]] ** 2))),
    }


def _overlays(
    footage: Footage,
    person: TrackedPerson,
    model: FrameModel,
    watched: Watched,
    states: list[HeadState | None],
    errors: np.ndarray,
    count: int,
    progress: Progress,
) -> tuple[tuple[int, np.ndarray], ...]:
    """The worst frame, and others from the first to the last."""
    seen = np.flatnonzero(watched.valid)
    if count == 0:
        return ()
    chosen, worst = evenly_spread(seen, count), int(np.nanargmax(errors))
    if worst not in chosen:
        chosen[np.argmin(np.abs(chosen - worst))] = worst
    rows = {int(watched.numbers[row]): int(row) for row in chosen}
    template, matrix, made = load_builtin(person.head.key), person.screen.matrix(float(np.exp(person.log_focal))), []

    def asked(number: int) -> bool:
        progress.report(len(made) / len(rows), f"Frame {number}: passing over")
        return number in rows

    for frame in footage.frames(asked):
        progress.report(len(made) / len(rows), f"Drawing frame {frame.number}")
        row = rows[frame.number]
        state = states[row]
        term = FrameProblem.of(model, watched.seen(row), state).term
        places = term.places(model.view(state), Posed(model.head, state))
        weights = np.clip(term.weights, 0.0, 1.0)
        marks = FittedLandmarks(CALIBRATED, model.numbers, term.targets, places, weights)
        vertices = Posed(person.head, person.whole(state)).vertices()
        pixels = frame.pixels.astype(np.float32) / np.float32(255.0)
        made.append((frame.number, shape_overlay(PosedPhoto(pixels, vertices, matrix), template, marks)))
        if len(made) == len(rows):
            break
    return tuple(made)


def _coefficients(person: TrackedPerson, states: list[HeadState | None]) -> dict[str, np.ndarray]:
    rows = [coefficients_of(person.head, person.whole(state)) for state in _filled(states)]
    return {name: rows[0][name] if name in _OF_ALL else np.stack([row[name] for row in rows]) for name in rows[0]}


def _filled(states: list[HeadState | None]) -> list[HeadState]:
    """The states with what lies between their neighbours where there is none."""
    known = np.array([row for row, state in enumerate(states) if state is not None])
    rows = np.clip(np.arange(len(states)), known[0], known[-1])
    if len(known) == 1:
        return [states[known[0]]] * len(states)
    arrays = packed([states[row] for row in known])
    turns = arrays["rotations"].transpose(1, 0, 2, 3)
    rotations = np.stack([Slerp(known, Rotation.from_matrix(joint))(rows).as_matrix() for joint in turns], axis=1)
    between = [
        np.stack([np.interp(rows, known, column) for column in arrays[name].T], axis=1)
        for name in ("coefficients", "translations")
    ]
    return [
        HeadState(coefficients, rotation, place, 0.0) if states[row] is None else states[row]
        for row, (coefficients, rotation, place) in enumerate(zip(between[0], rotations, between[1], strict=True))
    ]
