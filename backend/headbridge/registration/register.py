"""The registration job: from two meshes to the transferred source, with its measures."""

from __future__ import annotations

import dataclasses
import platform
import time

import numpy as np

from .. import __version__
from ..detection.on_meshes.finding import SeveralFaces
from ..device import warp_device
from ..errors import InputError
from ..linalg.blas_threads import single_blas_thread
from ..mesh import Mesh
from ..mesh.validate import check_distinct, check_mesh, check_vertex_values
from ..metrics import compute_metrics, per_vertex_distance
from ..progress import Progress
from ..spatial import Surface
from ..spatial.landmark_checks import check_landmarks, check_same_hand
from ..spatial.preparation import PreparedMesh, as_it_is, prepare_target
from ..topologies import Topology, check_order, check_topology, recognise, recognise_relative
from .job import LandmarkPairs, RegisterInput, RegisterResult, RegisterSettings
from .judging import judge
from .seen import look_at
from .selection import matched_vertices
from .solution import Problem, Solution, embedding, solve


@single_blas_thread()
def register(
    inputs: RegisterInput, settings: RegisterSettings = RegisterSettings(), progress: Progress = Progress()
) -> RegisterResult:
    """Transfer the source topology onto the target surface.

    Alignment (landmarks, or multi-start without), the statistical start where the topology has a head model, non-rigid
    ICP with annealed stiffness, and the removal of folds, in this order. Deterministic for equal inputs and settings.

    Raises `InputError` for inputs that cannot be registered, `DeviceError` for a device that is not there, and `Cancelled`.
    """
    started = time.perf_counter()
    warp_device(settings.device)
    progress.report(0.0, "Checking the meshes")
    problem = _checked(inputs, settings, progress.part(0.0, 0.2))
    solution = solve(problem, progress, (0.2, 0.5 if settings.hold_out_folds else 0.9))
    seconds = time.perf_counter() - started
    held_out = _held_out(problem, progress, (0.5, 0.9)) if settings.hold_out_folds else None
    progress.report(0.92, "Measuring")
    return _result(problem, solution, seconds, held_out)


def _checked(inputs: RegisterInput, settings: RegisterSettings, progress: Progress) -> Problem:
    check_mesh(inputs.source, "source")
    check_distinct(inputs.source, inputs.target)
    source = (
        check_topology(inputs.source, inputs.source_topology) if inputs.source_topology else recognise(inputs.source)
    )
    if source is None:
        check_order(inputs.source)
    prepared, target = _prepared_target(inputs)
    for values, mesh, what in (
        (inputs.source_exclude, inputs.source, "source's exclusion mask"),
        (inputs.target_exclude, inputs.target, "target's exclusion mask"),
        (inputs.source_weights, inputs.source, "source's weights"),
    ):
        if values is not None:
            check_vertex_values(values, mesh, what)
    pairs = inputs.landmarks
    if pairs is not None:
        check_landmarks(pairs.source, pairs.target, inputs.source, inputs.target, pairs.names)
    elif settings.table_landmarks:
        pairs = _table_pairs(inputs, source, target, prepared.mesh)
        if pairs is not None:
            check_same_hand(pairs.source, pairs.target, inputs.target)
    if inputs.start is not None:
        _check_start(inputs)
    if settings.hold_out_folds:
        _check_folds(settings.hold_out_folds, pairs)
    rows = None if pairs is None else embedding(pairs.source, inputs.source)
    seen, refusal = inputs.seen, None
    if seen is None and pairs is None and settings.look:
        try:
            seen = look_at(inputs.source, source, prepared, progress, settings.device)
        except SeveralFaces:
            raise
        except InputError as problem:
            refusal = problem
    onto = prepared if seen is None else seen.head.prepared
    exclude = None if inputs.target_exclude is None else onto.onto_prepared(np.asarray(inputs.target_exclude, bool))
    if seen is not None:
        # Where it was looked at, tables of the whole target fit the part that shows the face no more.
        target = recognise(onto.mesh)
    matched = matched_vertices(onto.mesh, exclude, target)
    notes = (*(() if pairs is None else pairs.notes), *(onto.notes if seen is None else seen.head.notes))
    # What a scan hides inside itself is debris; what a topology with rims hides was modelled.
    clean = target is not None and bool(target.rims) and seen is None
    return Problem(
        inputs, settings, source, target, pairs, rows, inputs.landmarks is not None, onto.mesh, matched, clean, seen,
        refusal, notes, exclude,
    )  # fmt: skip


def _prepared_target(inputs: RegisterInput) -> tuple[PreparedMesh, Topology | None]:
    """The target as a sound surface, and its topology where that is known."""
    if inputs.seen is not None:
        return inputs.seen.head.prepared, None
    if inputs.target_topology:
        topology = check_topology(inputs.target, inputs.target_topology)
    else:
        topology = recognise(inputs.target)
    if topology is not None:
        # A known topology's tables hold for its own vertices alone: it must be sound as it comes.
        check_mesh(inputs.target, "target")
        return as_it_is(inputs.target), topology
    prepared = prepare_target(inputs.target, "target")
    relative = recognise_relative(prepared.mesh)
    return prepared, None if relative is None else relative.partial()


def _table_pairs(
    inputs: RegisterInput, source: Topology | None, target: Topology | None, target_mesh: Mesh
) -> LandmarkPairs | None:
    if source is None or target is None or source.landmarks_51 is None or target.landmarks_51 is None:
        return None
    return LandmarkPairs(
        source.landmarks_51.evaluate(inputs.source.vertices),
        target.landmarks_51.evaluate(target_mesh.vertices),
        source.landmarks_51.names,
    )


def _check_start(inputs: RegisterInput) -> None:
    if np.shape(inputs.start) != inputs.source.vertices.shape or not np.isfinite(inputs.start).all():
        raise InputError(
            f"The start should be a finite place for each of the {len(inputs.source.vertices)} vertices of "
            f"'{inputs.source.name}', not of shape {np.shape(inputs.start)}."
        )


def _check_folds(folds: int, pairs: LandmarkPairs | None) -> None:
    if pairs is None:
        raise InputError(
            "Landmarks can be held out only where there are some; give pairs or set the held-out folds to 0."
        )
    if folds == 1 or folds > len(pairs.source):
        raise InputError(f"Held-out folds should be between 2 and the {len(pairs.source)} landmark pairs, not {folds}.")
    if len(pairs.source) - -(-len(pairs.source) // folds) < 3:
        raise InputError(
            f"{folds} folds of {len(pairs.source)} landmark pairs leave fewer than three; give more pairs."
        )


def _held_out(problem: Problem, progress: Progress, span: tuple[float, float]):
    """Where landmarks come to lie that were not given: (source points, target points) in mm and names."""
    pairs, folds = problem.pairs, problem.settings.hold_out_folds
    fold = np.arange(len(pairs.source)) % folds
    points, targets = np.zeros((len(fold), 3)), np.zeros((len(fold), 3))
    for k in range(folds):
        partial = dataclasses.replace(problem, pairs=pairs.subset(fold != k), rows=problem.rows[fold != k])
        step = (span[1] - span[0]) / folds
        solution = solve(partial, progress, (span[0] + k * step, span[0] + (k + 1) * step))
        points[fold == k] = problem.rows[fold == k] @ solution.positions
        targets[fold == k] = solution.mm_per_target_unit * pairs.target[fold == k]
    return points, targets, pairs.names


def _result(problem: Problem, solution: Solution, seconds: float, held_out) -> RegisterResult:
    inputs, settings, mm = problem.inputs, problem.settings, solution.mm_per_target_unit
    target = problem.target.with_vertices(mm * problem.target.vertices)
    pairs, used = problem.pairs, None
    if pairs is not None:
        used = (problem.rows @ solution.positions, mm * pairs.target, pairs.names)
    unmatched = solution.weights == 0.0
    hidden = problem.source_topology.no_match | ~problem.source_topology.skin if problem.source_topology else False
    metrics = compute_metrics(
        inputs.source.with_vertices(solution.rest),
        inputs.source.with_vertices(solution.positions),
        target,
        source_topology=problem.source_topology,
        target_topology=problem.target_topology,
        # Weight 0 says the same as exclusion; what the topology hides is known to the metrics.
        source_exclude=unmatched & ~hidden,
        target_exclude=problem.target_exclude,
        landmarks=used,
        held_out=held_out,
        device=settings.device,
    )
    metrics |= {
        "seconds": seconds,
        "timings": solution.timings,
        "settings": dataclasses.asdict(settings),
        "versions": {"headbridge": __version__, "python": platform.python_version()},
    }
    measured = per_vertex_distance(solution.positions, Surface(target.vertices, target.triangles, settings.device))
    # Beyond the target's edge a vertex has no counterpart: its distance says nothing.
    distance = np.where(unmatched | measured.on_boundary, np.nan, measured.distances)
    verdict, evidence = judge(problem, solution, metrics, measured)
    metrics |= {"verdict": verdict.plain(), "evidence": evidence}
    return RegisterResult(
        aligned=solution.aligned / mm,
        registered=solution.positions / mm,
        distance_mm=distance,
        similarity=solution.similarity,
        mm_per_target_unit=mm,
        metrics=metrics,
        notes=(*problem.notes, *solution.notes),
        verdict=verdict,
    )
