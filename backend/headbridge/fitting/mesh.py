"""Fitting a head model to a registered mesh: coefficients from vertices."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..linalg.blas_threads import single_blas_thread
from ..mesh import Mesh
from ..mesh.similarity import fit_similarity_robust
from ..mesh.validate import check_mesh, check_vertex_values
from ..metrics.statistics import summary
from ..progress import Progress
from ..topologies import Topology, recognise
from ..units import guess_units
from .gauss_newton import HeadProblem, LevenbergMarquardt, prior_precision, step_layout
from .heads import load_head
from .job import FitMeshInput, FitMeshSettings, FitResult
from .known_head import as_known_head
from .noise import joint_noise, left_over, patches
from .posable import ROOT, HeadState, PosableHead, Posed
from .result import fit_result

FITTED_TOPOLOGIES = ("flame", "hack", "ict")
# Weak priors: the vertices outvote them wherever they say anything. Radians; logarithm of a scale.
_JOINT_SIGMA, _SCALE_SIGMA = 0.3, 0.2
# The first steps believe a mesh nearly exactly; then the noise is what they leave over, within these limits (mm).
_FIRST_NOISE, _LEAST_NOISE, _LARGEST_NOISE = 0.02, 1e-3, 20.0
_ROBUST_ROUNDS = 12
# The first steps look at every n-th vertex, so that about this many remain.
_FIRST_VERTICES = 1200
# Steps that move the vertices by less end the first steps and the rest (mm, root mean square).
_FIRST_TOLERANCE, _TOLERANCE = 2e-3, 1e-5
# A worse fit is worth a try with another scale, and a sentence (mm, noise and mean distance).
_DOUBTFUL, _CLEARLY_BETTER, _POOR = 0.05, 0.5, 3.0


@single_blas_thread()
def fit_mesh(
    inputs: FitMeshInput, settings: FitMeshSettings = FitMeshSettings(), progress: Progress = Progress()
) -> FitResult:
    """The coefficients of the head model whose vertices come nearest to a mesh of its topology.

    Levenberg-Marquardt over identity, expression, joints and place at once. The prior of the coefficients (Mahalanobis)
    is weighed by the noise found in the mesh itself: an exact mesh is reproduced, a noisy one not overfitted, and
    where identity and expression say the same of the vertices, the likelier split is taken. A mesh that is its topology
    but for cuts, seams or additions is fitted where it has the topology's vertices.

    Raises `InputError` for a mesh of another topology, values that are not finite, masks of other lengths, or a model
    of another topology, and `Cancelled`.
    """
    started = time.perf_counter()
    progress.report(0.0, "Checking the mesh")
    inputs, notes = as_known_head(inputs, FITTED_TOPOLOGIES)
    mesh = inputs.mesh
    topology = fitted_topology(mesh)
    weights = _weights(inputs, settings, topology)
    progress.report(0.05, "Reading the model")
    head = head_for(topology, settings.model, settings.model_file)
    mm, reason = guess_units(mesh, topology)
    notes.append(f"Model: {head.label}.")
    free_scale = settings.scale or mm is None
    if mm is None:
        mm = _mm_by_size(mesh, head, topology)
        notes.append(f"{reason[0].upper()}{reason[1:]} The scale was fitted.")
    targets = mm * mesh.vertices

    precision = settings.prior * prior_precision(head, _JOINT_SIGMA, _SCALE_SIGMA)
    start = rigid_start(head, targets, weights)
    used = weights > 0.0
    problem = HeadProblem(
        head.restricted(used), targets[used], weights[used], precision, _free(head, settings, free_scale)
    )
    solver = LevenbergMarquardt()
    solver.report = lambda: progress.report(0.1 + 0.8 * (1.0 - 0.8**solver.steps), "Fitting coefficients")
    state, scaled = _first_steps(solver, problem, start)
    if scaled is not None:
        state, problem = scaled, replace(problem, free=_free(head, settings, True))
        notes.append(
            f"The mesh is {np.exp(state.log_scale):.4g} times as large as its unit says: the scale was fitted."
        )
    if settings.limits and head.blendshapes and left_over(problem, state) > _DOUBTFUL:
        problem = replace(problem, limits=_limits(head))
    state, noise = _last_steps(solver, problem, state, settings.robust)

    progress.report(0.9, "Measuring")
    metrics = _metrics(head, state, targets, used, topology)
    if metrics["fitted"]["mean"] > _POOR:
        notes.append(
            f"The fit is {metrics['fitted']['mean']:.1f} mm off on average: the mesh may be mirrored, of another "
            "vertex order, or partly wrong (try robust)."
        )
    metrics |= {"noise_mm": noise, "steps": solver.steps, "seconds": time.perf_counter() - started}
    return fit_result(head, state, mm, metrics, notes)


def fitted_topology(mesh: Mesh) -> Topology:
    """The topology of a mesh that a head model can be fitted to; `InputError` for others, saying what to do."""
    topology = recognise(mesh)
    if topology is None or topology.key not in FITTED_TOPOLOGIES:
        what = f"{len(mesh.vertices)} vertices" if topology is None else f"the {topology.label} topology"
        raise InputError(
            f"'{mesh.name}' has {what}, no FLAME (5023), HACK (14062) or ICT (26719 vertices) topology; "
            "carry one of these onto it with headbridge register first, and fit the result."
        )
    check_mesh(mesh, "mesh")
    return topology


def head_for(topology: Topology, model: str, model_file: str) -> PosableHead:
    """The head model `model` ("auto" for the topology's own); `InputError` when it has another topology."""
    head = load_head(topology.key if model == "auto" else model, model_file)
    if head.key != topology.key:
        raise InputError(
            f"The mesh has the {topology.label} topology, but the model {head.label} another; leave the model out, or "
            "convert the head first (headbridge convert)."
        )
    return head


def rigid_start(head: PosableHead, targets: np.ndarray, weights: np.ndarray) -> HeadState:
    """The mean head where the (V, 3) targets are: turned about its root, moved, and as large as they."""
    state = head.neutral()
    used = weights > 0.0
    rest = Posed(head, state).vertices()
    onto = fit_similarity_robust(rest[used], targets[used])
    rotations = state.rotations.copy()
    rotations[ROOT] = onto.rotation
    root = head.joints[ROOT]
    # The head's own size may differ from the mean's, so that only the middle of the two is brought together.
    middle = rest[used].mean(axis=0)
    translation = onto.apply(middle[None])[0] - (onto.rotation @ (middle - root) + root)
    return replace(state, rotations=rotations, translation=translation)


def _mm_by_size(mesh: Mesh, head: PosableHead, topology: Topology) -> float:
    onto = fit_similarity_robust(head.template[topology.skin], mesh.vertices[topology.skin])
    return 1.0 / onto.scale


def _weights(inputs: FitMeshInput, settings: FitMeshSettings, topology: Topology) -> np.ndarray:
    mesh = inputs.mesh
    weights = np.ones(len(mesh.vertices))
    if inputs.weights is not None:
        check_vertex_values(inputs.weights, mesh, "weights")
        weights *= inputs.weights
    if inputs.exclude is not None:
        check_vertex_values(inputs.exclude, mesh, "exclusion mask")
        weights[inputs.exclude] = 0.0
    if settings.region != "all":
        weights[~(topology.skin if settings.region == "skin" else topology.regions["face"])] = 0.0
    if np.count_nonzero(weights) < 4:
        raise InputError(f"Of '{mesh.name}' fewer than four vertices are left to fit; exclude fewer.")
    # Weights say which vertices count more, not how much data there is.
    return weights / weights[weights > 0.0].mean()


def _free(head: PosableHead, settings: FitMeshSettings, scale: bool) -> np.ndarray:
    """(K + 3J + 4,) bool, what the fit may change."""
    layout = step_layout(head)
    free = np.ones(layout["scale"].stop, bool)
    free[layout["scale"]] = scale
    for name, count in (("identity", settings.identity_count), ("expression", settings.expression_count)):
        if count:
            free[layout[name]] = np.arange(dict(head.groups)[name]) < count
    if not settings.pose:
        for name in head.joint_names[ROOT + 1 :]:
            free[layout[name]] = False
    return free


def _limits(head: PosableHead) -> np.ndarray:
    """(2, K) 0 and 1 for blendshapes, none for the rest."""
    limits = np.full((2, head.coefficient_count), np.inf) * [[-1.0], [1.0]]
    limits[:, head.parts["expression"]] = [[0.0], [1.0]]
    return limits


def _first_steps(
    solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState
) -> tuple[HeadState, HeadState | None]:
    """Where some of the vertices lead, and where with a free scale, if that fits clearly better (else None)."""
    few = slice(None, None, max(len(problem.targets) // _FIRST_VERTICES, 1))
    part = replace(
        problem, head=problem.head.restricted(few), targets=problem.targets[few], weights=problem.weights[few]
    )
    solver.tolerance = _FIRST_TOLERANCE
    fitted = solver.minimise(part, state, _FIRST_NOISE)
    noise = left_over(part, fitted)
    if noise <= _DOUBTFUL or problem.free[-1]:
        return fitted, None
    free = problem.free.copy()
    free[-1] = True
    loose = replace(part, free=free)
    scaled = solver.minimise(loose, fitted, _FIRST_NOISE)
    return fitted, scaled if left_over(loose, scaled) < _CLEARLY_BETTER * noise else None


def _last_steps(
    solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState, robust: bool
) -> tuple[HeadState, float]:
    """The state that all vertices lead to, and their noise in mm."""
    solver.tolerance = _TOLERANCE
    patch = patches(problem.head.template)
    given = problem.weights
    for _ in range(_ROBUST_ROUNDS if robust else 1):
        if robust:
            solver.limit = 2
            problem = replace(problem, weights=given * _robust_weights(problem, state))
        noise = np.clip(joint_noise(problem, state, patch), _LEAST_NOISE, _LARGEST_NOISE)
        state = solver.minimise(problem, state, float(noise))
    return state, left_over(problem, state)


def _robust_weights(problem: HeadProblem, state: HeadState) -> np.ndarray:
    """Geman-McClure weights at three times the median distance."""
    distance = np.linalg.norm(problem.points(state) - problem.targets, axis=1)
    spread = 3.0 * max(float(np.median(distance)), _LEAST_NOISE)
    return 1.0 / (1.0 + (distance / spread) ** 2) ** 2


def _metrics(head: PosableHead, state: HeadState, targets: np.ndarray, used: np.ndarray, topology: Topology):
    distance = np.linalg.norm(Posed(head, state).vertices() - targets, axis=1)
    parts = {"fitted": used, "all": np.ones(len(used), bool), "skin": topology.skin, "face": topology.regions["face"]}
    metrics = {name: summary(distance[mask]) for name, mask in parts.items()}
    identity = state.coefficients[: head.identity_count]
    metrics["identity_sigmas"] = float(np.sqrt(np.mean(identity**2)))
    return metrics
