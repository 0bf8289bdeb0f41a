"""Fitting a head model to the meshes of a performance."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...errors import InputError
from ...linalg.blas_threads import single_blas_thread
from ...mesh.similarity import Similarity
from ...metrics.statistics import summary
from ...models.catalogue import HEADS
from ...progress import Progress
from ..gauss_newton import HeadProblem
from ..job import FitMeshInput, FitMeshSettings
from ..known_head import as_known_head
from ..mesh import MeshToFit, mesh_to_fit
from ..misfit import cell_problem
from ..posable import HeadState, Posed
from ..result import coefficients_of
from .choice import frames_that_differ
from .following import follow
from .job import FitSequenceInput, FitSequenceResult, FitSequenceSettings
from .person import Person, find_person, of_one_person
from .smoothing import even_motion, evenness

# So many frames that differ tell who the person is.
_FRAMES_OF_THE_PERSON = 12
# What belongs to all frames of a result.
_OF_ALL = ("identity", "larynx_size", "larynx_height")


@single_blas_thread()
def fit_sequence(
    inputs: FitSequenceInput,
    settings: FitSequenceSettings = FitSequenceSettings(),
    progress: Progress = Progress(),
) -> FitSequenceResult:
    """One identity, and expression, joints and place of every frame, whose meshes come nearest to those given.

    Identity comes from the frames that differ most, together; then every frame starts where the one beside it ended. A
    jaw opens in its bone before a blendshape opens it, in all frames or in none, so that a curve does not leap between
    the two. Meshes that are heads of the model are reproduced; of others, what a frame leaves open follows from even
    motion (`smoothing.py`), and what all frames have beyond the model becomes a static offset.

    Raises `InputError` as `fit_mesh` does, and for values that are not finite, and `Cancelled`."""
    started = time.perf_counter()
    progress.report(0.0, "Checking the meshes")
    frames = _in_a_known_topology(inputs, progress.part(0.0, 0.05))
    like_one_mesh = FitMeshSettings(
        model=settings.model,
        model_file=settings.model_file,
        identities="ict",
        region=settings.region,
        prior=settings.prior,
    )
    first = FitMeshInput(inputs.mesh.with_vertices(np.asarray(inputs.vertices[0], np.float64)))
    given = mesh_to_fit(first, like_one_mesh, progress)
    chosen = frames_that_differ(frames, given.head.template, given.used, _FRAMES_OF_THE_PERSON)

    def targets(frame: int) -> np.ndarray:
        return given.mm * np.asarray(frames[frame], np.float64)[given.used]

    def finding(steps: int) -> None:
        progress.report(0.05 + 0.3 * (1.0 - 0.93**steps), "Finding the person")

    person = find_person(given.problem, [targets(frame) for frame in chosen], settings.limits, settings.prior, finding)
    numbers = np.asarray(inputs.frame_numbers)
    expressions = given.head.parts["expression"]
    states = {
        int(frame): replace(state, coefficients=state.coefficients[expressions])
        for frame, state in zip(chosen, person.states)
    }
    offset, ends = None, np.linspace(0.35, 0.95, 3 if settings.offset and not person.exact else 2)
    for start, end in zip(ends, ends[1:]):
        problem = of_one_person(person.problem, person.states[0], offset)
        motion = _motion(
            problem, person, targets, states, numbers, inputs.fps, settings.smoothing, progress.part(start, end)
        )
        states = dict(enumerate(motion))
        if end < ends[-1]:
            offset = _what_all_have(problem, motion, targets)
    progress.report(0.95, "Measuring")
    metrics, notes = _metrics(problem, motion, targets), list(given.notes)
    metrics |= {"noise_mm": person.noise, "exact": person.exact, "frames_of_the_person": len(chosen)}
    if person.scaled:
        notes.append(f"The scale was fitted: the meshes are {np.exp(problem.log_scale):.4g} times as large.")
    metrics["seconds"] = time.perf_counter() - started
    return _result(given, person, motion, offset, metrics, notes)


def _in_a_known_topology(inputs: FitSequenceInput, progress: Progress) -> np.ndarray:
    """(T, V, 3) the frames' vertices; heads that were cut or closed in their topology's own."""
    frames = np.asarray(inputs.vertices)
    for row, number in enumerate(np.asarray(inputs.frame_numbers).tolist()):
        progress.report(row / len(frames), "Checking the meshes")
        if not np.isfinite(frames[row]).all():
            raise InputError(f"Frame {number} has vertices that are no numbers (NaN or infinite); leave it out.")
    first = FitMeshInput(inputs.mesh.with_vertices(np.asarray(frames[0], np.float64)))
    if as_known_head(first, HEADS)[0] is first:
        return frames
    known = []
    for row, frame in enumerate(frames):
        progress.report(row / len(frames), "Checking the meshes")
        mesh = inputs.mesh.with_vertices(np.asarray(frame, np.float64))
        known.append(as_known_head(FitMeshInput(mesh), HEADS)[0].mesh.vertices)
    return np.stack(known)


def _motion(
    problem: HeadProblem,
    person: Person,
    targets: Callable[[int], np.ndarray],
    starts: dict[int, HeadState],
    numbers: np.ndarray,
    fps: float,
    smoothing: float,
    progress: Progress,
) -> list[HeadState]:
    """The states of all frames of a known person."""
    count = len(numbers)

    def of(frame: int) -> HeadProblem:
        whole = replace(problem, targets=targets(frame))
        return whole if person.exact else replace(cell_problem(whole)[0], factor=person.factor)

    def following(done: int) -> None:
        progress.report(0.6 * done / count, f"Frame {done + 1} of {count}")

    states = follow(of, starts, count, person.noise, following)
    if person.exact or smoothing == 0.0:
        return states

    def smoothing_done(share: float) -> None:
        progress.report(0.6 + 0.4 * share, "Weighing frames against each other")

    return even_motion(of, states, person.noise, evenness(problem, numbers, fps, smoothing), smoothing_done)


def _what_all_have(problem: HeadProblem, states: list[HeadState], targets: Callable[[int], np.ndarray]) -> np.ndarray:
    """(V, 3) mm, the mean of what the frames' meshes have beyond the model, in the rest pose."""
    total = np.zeros_like(problem.head.template)
    for frame, state in enumerate(states):
        posed = Posed(problem.head, state)
        total += posed.at_rest(targets(frame) - posed.vertices())
    return total / len(states)


def _metrics(problem: HeadProblem, states: list[HeadState], targets: Callable[[int], np.ndarray]) -> dict[str, Any]:
    """Distances of the fitted vertices in mm, over all frames and of the worst."""
    distance = np.stack(
        [
            np.linalg.norm(Posed(problem.head, state).vertices() - targets(frame), axis=1)
            for frame, state in enumerate(states)
        ]
    )
    worst = int(np.argmax(distance.mean(axis=1)))
    return {
        "frames": len(states),
        "fitted": summary(distance.reshape(-1)),
        "worst_frame": {"row": worst, **summary(distance[worst])},
    }


def _result(
    given: MeshToFit,
    person: Person,
    states: list[HeadState],
    offset: np.ndarray | None,
    metrics: dict,
    notes: list[str],
) -> FitSequenceResult:
    head, first = given.head, person.states[0]
    rows = []
    for state in states:
        values = first.coefficients.copy()
        values[head.parts["expression"]] = state.coefficients
        rows.append(coefficients_of(head, HeadState(values, state.rotations, state.translation, 0.0)))
    coefficients = {
        name: rows[0][name] if name in _OF_ALL else np.stack([row[name] for row in rows]) for name in rows[0]
    }
    whole = None
    if offset is not None:
        whole = np.zeros_like(head.template)
        whole[given.used] = offset
    return FitSequenceResult(
        model=head.key,
        version=head.version,
        label=head.label,
        coefficients=coefficients,
        expression_names=head.expression_names,
        offset=whole,
        similarity=Similarity(float(np.exp(first.log_scale)) / given.mm, np.eye(3), np.zeros(3)),
        metrics=metrics,
        notes=tuple(notes),
    )
