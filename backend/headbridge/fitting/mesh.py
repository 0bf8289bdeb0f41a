"""Fitting a head model to a registered mesh: coefficients from vertices."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError
from ..linalg.blas_threads import single_blas_thread
from ..mesh import Mesh
from ..mesh.similarity import fit_similarity_robust
from ..mesh.validate import check_mesh, check_vertex_values
from ..metrics.statistics import summary
from ..models.catalogue import HEADS, of_adults
from ..progress import Progress
from ..topologies import Topology, recognise
from ..units import guess_units
from .first_steps import DOUBTFUL, first_steps, rigid_start
from .gauss_newton import HeadProblem, LevenbergMarquardt, prior_precision, step_layout
from .heads import load_head, smallest_size
from .job import FitMeshInput, FitMeshSettings, FitResult
from .known_head import as_known_head
from .larynx import with_larynx_height
from .last_steps import last_steps
from .noise import left_over
from .plausible import plausible_problem, without_gaze
from .posable import ROOT, HeadState, PosableHead, Posed
from .result import fit_result

# Weak priors: the vertices outvote them wherever they say anything. Radians; logarithm of a scale.
_JOINT_SIGMA, _SCALE_SIGMA = 0.3, 0.2
# A worse fit is worth a sentence (mean distance, mm).
_POOR = 3.0


@single_blas_thread()
def fit_mesh(
    inputs: FitMeshInput, settings: FitMeshSettings = FitMeshSettings(), progress: Progress = Progress()
) -> FitResult:
    """The coefficients of the head model whose vertices come nearest to a mesh of its topology.

    Levenberg-Marquardt over identity, expression, joints and place at once. The prior of the coefficients (Mahalanobis)
    is weighed by the noise found in the mesh itself: an exact mesh is reproduced, a noisy one not overfitted, and
    where identity and expression say the same of the vertices, the likelier split is taken. What the model cannot say
    of a mesh is taken for a field over the head (`misfit.py`), so that it does not become expression; a jaw opens in
    its bone before a blendshape opens it. A mesh that is its topology but for cuts, seams or additions is fitted where
    it has the topology's vertices.

    Raises `InputError` for a mesh of another topology, values that are not finite, masks of other lengths, or a model
    of another topology, and `Cancelled`.
    """
    started = time.perf_counter()
    progress.report(0.0, "Checking the mesh")
    solver = LevenbergMarquardt()
    solver.report = lambda: progress.report(0.1 + 0.8 * (1.0 - 0.8**solver.steps), "Fitting coefficients")
    whose = "ict" if settings.identities == "auto" else settings.identities
    begun = _begun(inputs, replace(settings, identities=whose), solver, progress)
    if settings.identities == "auto" and of_adults(begun.given.head.version) and begun.left_over > DOUBTFUL:
        others = _begun(inputs, replace(settings, identities="people"), solver, progress)
        begun = min(begun, others, key=lambda one: one.left_over)
    given, state, scaled = begun.given, begun.state, begun.scaled
    head, topology, problem, notes = given.head, given.topology, given.problem, given.notes
    if scaled is not None:
        state, problem = scaled, replace(problem, free=_free(head, settings, True))
        notes.append(
            f"The mesh is {np.exp(state.log_scale):.4g} times as large as its unit says: the scale was fitted."
        )
    if settings.limits and left_over(problem, state) > DOUBTFUL:
        problem = plausible_problem(problem, settings.prior)
        if not (given.used & ~topology.skin).any():
            problem, state = without_gaze(problem, state)
    state, noise, length = last_steps(solver, problem, state, settings.robust)
    if head.larynx is not None:
        progress.report(0.85, "Looking for the larynx")
        problem, state = with_larynx_height(solver, problem, state, settings.robust)
        head = head.with_larynx_height(problem.head.larynx_height)

    progress.report(0.9, "Measuring")
    metrics = _metrics(head, state, given.targets, given.used, topology)
    if metrics["fitted"]["mean"] > _POOR:
        notes.append(
            f"The fit is {metrics['fitted']['mean']:.1f} mm off on average: the mesh may be mirrored, of another "
            "vertex order, or partly wrong (try robust)."
        )
    metrics |= {"noise_mm": noise, "misfit_length_mm": length, "steps": solver.steps}
    metrics["seconds"] = time.perf_counter() - started
    return fit_result(head, state, given.mm, metrics, notes)


@dataclass(frozen=True, eq=False)
class _Begun:
    """What there is to fit, where its first steps lead (`first_steps`), and what they leave over, mm."""

    given: MeshToFit
    state: HeadState
    scaled: HeadState | None
    left_over: float


def _begun(inputs: FitMeshInput, settings: FitMeshSettings, solver: LevenbergMarquardt, progress: Progress) -> _Begun:
    given = mesh_to_fit(inputs, settings, progress)
    problem = given.problem
    state, scaled = first_steps(solver, problem, rigid_start(problem.head, problem.targets, problem.weights))
    return _Begun(given, state, scaled, left_over(problem, state if scaled is None else scaled))


@dataclass(frozen=True, eq=False)
class MeshToFit:
    """A mesh and the model it is fitted with.

    head : the model. targets : (V, 3) the mesh in millimetres; mm : of one of its units. used : (V,) bool, vertices that
    count. problem : of these, without anything known of natural faces. notes : what was found or assumed.
    """

    head: PosableHead
    topology: Topology
    targets: np.ndarray
    mm: float
    used: np.ndarray
    problem: HeadProblem
    notes: list[str]


def mesh_to_fit(inputs: FitMeshInput, settings: FitMeshSettings, progress: Progress) -> MeshToFit:
    """Check a mesh and its masks, and read the model; raises `InputError` as `fit_mesh` says."""
    inputs, notes = as_known_head(inputs, HEADS)
    mesh = inputs.mesh
    topology = fitted_topology(mesh)
    weights = _weights(inputs, settings, topology)
    progress.report(0.05, "Reading the model")
    head = head_for(topology, settings.model, settings.model_file, settings.identities)
    mm, reason = guess_units(mesh, topology, smallest_size(head))
    notes.append(f"Model: {head.label}.")
    free_scale = settings.scale or mm is None
    if mm is None:
        mm = _mm_by_size(mesh, head, topology)
        notes.append(f"{reason[0].upper()}{reason[1:]} The scale was fitted.")
    targets, used = mm * mesh.vertices, weights > 0.0
    precision = settings.prior * prior_precision(head, _JOINT_SIGMA, _SCALE_SIGMA)
    free = _free(head, settings, free_scale)
    problem = HeadProblem(head.restricted(used), targets[used], weights[used], precision, free)
    return MeshToFit(head, topology, targets, mm, used, problem, notes)


def fitted_topology(mesh: Mesh) -> Topology:
    """The topology of a mesh that a head model can be fitted to; `InputError` for others, saying what to do."""
    topology = recognise(mesh)
    if topology is None or topology.key not in HEADS:
        what = f"{len(mesh.vertices)} vertices" if topology is None else f"the {topology.label} topology"
        raise InputError(
            f"'{mesh.name}' has {what}, no FLAME (5023), HACK (14062) or ICT (26719 vertices) topology; "
            "transfer one of these onto it with headbridge register first, and fit the result."
        )
    check_mesh(mesh, "mesh")
    return topology


def head_for(topology: Topology, model: str, model_file: str, identities: str = "ict") -> PosableHead:
    """The head model `model` ("auto" for the topology's own); `InputError` when it has another topology."""
    head = load_head(topology.key if model == "auto" else model, model_file, identities)
    if head.key != topology.key:
        raise InputError(
            f"The mesh has the {topology.label} topology, but the model {head.label} another; leave the model out, or "
            "convert the head first (headbridge convert)."
        )
    return head


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


def _metrics(head: PosableHead, state: HeadState, targets: np.ndarray, used: np.ndarray, topology: Topology):
    distance = np.linalg.norm(Posed(head, state).vertices() - targets, axis=1)
    parts = {"fitted": used, "all": np.ones(len(used), bool), "skin": topology.skin, "face": topology.regions["face"]}
    metrics = {name: summary(distance[mask]) for name, mask in parts.items()}
    identity = state.coefficients[: head.identity_count]
    metrics["identity_sigmas"] = float(np.sqrt(np.mean(identity**2)))
    return metrics
