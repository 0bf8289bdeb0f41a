"""Fitting a head model to 3D landmarks."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..linalg.blas_threads import single_blas_thread
from ..mesh.interpolation import barycentric_rows
from ..mesh.similarity import Similarity, fit_similarity_robust
from ..metrics.statistics import summary
from ..progress import Progress
from ..topologies import Landmarks, load_topology
from ..units import known_unit
from .first_steps import rigid_start
from .gauss_newton import HeadProblem, LevenbergMarquardt, prior_precision, step_layout
from .heads import load_head, smallest_size
from .job import FitLandmarksSettings, FitResult, LandmarkPoints
from .landmark_orders import CONTOUR, LEAST_POINTS, likeliest_order, possible_orders
from .likely_people import LikelyPeople, knows_kinds, likely_head, likely_people
from .noise import likeliest_noise
from .plausible import plausible_problem
from .posable import ROOT, HeadState, PosableHead, Posed
from .result import fit_result

_JOINT_SIGMA, _SCALE_SIGMA = 0.3, 0.2
_ROUNDS = 6
_LEAST_SPREAD = 0.5


@single_blas_thread()
def fit_landmarks3d(
    points: LandmarkPoints, settings: FitLandmarksSettings = FitLandmarksSettings(), progress: Progress = Progress()
) -> FitResult:
    """The likeliest head of a model through 3D landmarks, given how exactly they were placed.

    The form is that of TF_FLAME's fits, sum of squares plus what the prior makes of the coefficients, but the weight
    between the two follows from the noise, which is the one under which the points are likeliest (type II maximum
    likelihood). The points' unit is recognised by their size, their order by which of the known ones fits.

    Raises `InputError` for points that are not finite, too few, or in no known order, and `Cancelled`."""
    started = time.perf_counter()
    progress.report(0.0, "Checking the points")
    active = _checked(points)
    progress.report(0.05, "Reading the model")
    head = load_head(settings.model, settings.model_file, settings.identities)
    known = load_topology(head.key).landmarks_68
    orders = possible_orders(len(points.points), tuple(points.names), known, points.source)
    placed, reference = np.asarray(points.points, np.float64), known.evaluate(head.template)
    order, notes = likeliest_order(placed, active, orders, reference, points.source)
    placed, active = order.points(placed), order.all_of(active)
    inner = order.indices >= CONTOUR
    if not inner.all() and not settings.contour:
        notes.append(f"The {np.count_nonzero(~inner)} points of the jaw contour were left out (contour uses them).")
        active = active & inner
    if np.count_nonzero(active) < LEAST_POINTS:
        raise InputError(f"{points.source}: only {np.count_nonzero(active)} points are left to fit; give more.")
    landmarks = known.subset(order.indices[active])
    given = placed[active]

    onto = fit_similarity_robust(landmarks.evaluate(head.template), given)
    unit = known_unit(1.0 / onto.scale, smallest_size(head))
    mm = 1.0 / onto.scale if unit is None else unit[1]
    notes.append(
        f"The points are in no known unit (one is about {mm:.3g} mm): the scale was fitted."
        if unit is None
        else f"The points are in {unit[0]}."
    )
    state, noise, steps = _solve(head, landmarks, mm * given, settings, unit is None, progress.part(0.1, 0.9))

    progress.report(0.9, "Measuring")
    distance = np.linalg.norm(landmarks.evaluate(Posed(head, state).vertices()) - mm * given, axis=1)
    worst = int(np.argmax(distance))
    if settings.robust and distance[worst] > max(5.0 * np.median(distance), 5.0):
        notes.append(f"The point '{landmarks.names[worst]}' is {distance[worst]:.1f} mm off and was hardly followed.")
    metrics = {
        "landmarks": summary(distance),
        "landmark_rms": float(np.sqrt(np.mean(distance**2))),
        "landmarks_by_name": dict(zip(landmarks.names, distance.tolist())),
        "identity_sigmas": float(np.sqrt(np.mean(state.coefficients[head.parts["identity"]] ** 2))),
        "noise_mm": noise,
        "order": order.label,
        "steps": steps,
        "seconds": time.perf_counter() - started,
    }
    return fit_result(head, state, mm, metrics, [f"Model: {head.label}.", *notes])


def _checked(points: LandmarkPoints) -> np.ndarray:
    """(N,) which points are active."""
    array = np.asarray(points.points, np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(f"{points.source}: landmarks should have the shape (N, 3), not {array.shape}.")
    active = np.ones(len(array), bool) if points.active is None else np.asarray(points.active, bool)
    broken = active & ~np.isfinite(array).all(axis=1)
    if broken.any():
        at = int(np.argmax(broken))
        label = f"'{points.names[at]}'" if points.names else f"number {at + 1}"
        raise InputError(f"{points.source}: the landmark {label} is NaN or infinite; place it again or leave it out.")
    if np.count_nonzero(active) < LEAST_POINTS:
        raise InputError(
            f"{points.source}: there are {np.count_nonzero(active)} points to use; give at least {LEAST_POINTS}, "
            "better 51."
        )
    return active


def _solve(
    head: PosableHead,
    landmarks: Landmarks,
    targets: np.ndarray,
    settings: FitLandmarksSettings,
    free_scale: bool,
    progress: Progress,
) -> tuple[HeadState, float, int]:
    """The state, the noise in mm, and the number of steps."""
    vertices, corners = np.unique(landmarks.vertices, return_inverse=True)
    near = head.restricted(vertices)
    rows = barycentric_rows(corners.reshape(landmarks.vertices.shape), landmarks.weights, len(vertices))
    layout = step_layout(head)
    free = np.zeros(layout["scale"].stop, bool)
    parts = ["identity", head.joint_names[ROOT], "translation"]
    parts += ["expression"] if settings.expression else []
    parts += ["jaw"] if settings.expression and "jaw" in layout else []
    for name in parts:
        free[layout[name]] = True
    free[layout["scale"]] = settings.scale or free_scale
    precision = max(settings.prior, 1e-6) * prior_precision(head, _JOINT_SIGMA, _SCALE_SIGMA)
    start = _start(head, landmarks, targets)
    ones = np.ones(len(targets))
    problem = plausible_problem(HeadProblem(near, targets, ones, precision, free, rows), max(settings.prior, 1e-6))
    solver = LevenbergMarquardt()
    solver.report = lambda: progress.report(1.0 - 0.9**solver.steps, "Fitting coefficients")
    problem, state, noise = _rounds(solver, problem, start, settings, settings.noise or 1.0)
    if knows_kinds(head):
        likely = likely_head(near, _likely_people(problem, state, noise))
        people = replace(problem, head=likely.head)
        _, found, noise = _rounds(solver, people, likely.into(state), settings, noise)
        state = likely.back(found)
    return state, noise, solver.steps


def _likely_people(problem: HeadProblem, state: HeadState, noise: float) -> LikelyPeople:
    matrix, right = problem.normal_equations(state)
    free = np.flatnonzero(problem.free)
    identity = free < problem.head.identity_count
    curvature = matrix / noise**2 + np.diag(np.where(identity, 0.0, problem.precision[free]))
    slope = right / noise**2 - np.where(identity, 0.0, problem.prior_gradient(state)[free])
    # Blendshapes at their limits stay there.
    inside = (np.abs(problem.room(state)[:, free]) > 0.0).all(axis=0) | identity
    at = state.coefficients[: problem.head.identity_count]
    return likely_people(curvature[np.ix_(inside, inside)], slope[inside], at)


def _rounds(
    solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState, settings: FitLandmarksSettings, noise: float
) -> tuple[HeadProblem, HeadState, float]:
    """The problem with the weights of the end, the likeliest state, and the noise in mm."""
    for _ in range(_ROUNDS):
        state = solver.minimise(problem, state, noise)
        before = noise
        if not settings.noise:
            noise = likeliest_noise(problem, state)
        if settings.robust:
            distance = np.linalg.norm(problem.points(state) - problem.targets, axis=1)
            spread = max(3.0 * float(np.median(distance)), 3.0 * noise, _LEAST_SPREAD)
            problem = replace(problem, weights=1.0 / (1.0 + (distance / spread) ** 2) ** 2)
        elif abs(np.log(noise / before)) < 0.02:
            break
    return problem, solver.minimise(problem, state, noise), noise


def _start(head: PosableHead, landmarks: Landmarks, targets: np.ndarray) -> HeadState:
    onto = fit_similarity_robust(landmarks.evaluate(head.template), targets)
    rigid = Similarity(1.0, onto.rotation, np.zeros(3))
    rest = landmarks.evaluate(head.template)
    placed = replace(rigid, translation=onto.apply(rest.mean(axis=0)[None])[0] - onto.rotation @ rest.mean(axis=0))
    everywhere = placed.apply(head.template)
    return rigid_start(head, everywhere, np.ones(len(everywhere)))
