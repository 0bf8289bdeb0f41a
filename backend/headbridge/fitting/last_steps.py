"""Where all vertices of a mesh lead a fit, exactly or, where the mesh is no head of the model, with a straight face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .first_steps import DOUBTFUL
from .gauss_newton import HeadProblem, LevenbergMarquardt, step_layout
from .misfit import cell_problem, likeliest_misfit
from .noise import joint_noise, left_over, patches
from .posable import HeadState

# The noise is what a state leaves over, within these limits (mm).
_LEAST_NOISE, _LARGEST_NOISE = 1e-3, 20.0
_ROBUST_ROUNDS, _ROBUST_STEPS = 12, 2
# How large the misfit is follows from the coefficients, and they from it.
_MISFIT_ROUNDS = 2
# Steps that move the vertices by less are the last (mm, root mean square).
_TOLERANCE = 1e-5
# What a straight face is told by.
_STRAIGHT = {"expression", "jaw"}


def last_steps(
    solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState, robust: bool
) -> tuple[HeadState, float, float]:
    """The state that all vertices lead to, their noise in mm, and how far it reaches over the head, mm."""
    solver.tolerance = _TOLERANCE
    if robust:
        problem, state = _robust_steps(solver, problem, state)
    if left_over(problem, state) > DOUBTFUL:
        return _steps_with_misfit(solver, problem, state)
    noise = np.clip(joint_noise(problem, state, patches(problem.head.template)), _LEAST_NOISE, _LARGEST_NOISE)
    state = solver.minimise(problem, state, float(noise))
    return state, left_over(problem, state), 0.0


def _robust_steps(solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState) -> tuple[HeadProblem, HeadState]:
    """The problem in which vertices far off count less, and where it leads."""
    patch, given, limit = patches(problem.head.template), problem.weights, solver.limit
    solver.limit = _ROBUST_STEPS
    for _ in range(_ROBUST_ROUNDS):
        problem = replace(problem, weights=given * _robust_weights(problem, state))
        noise = np.clip(joint_noise(problem, state, patch), _LEAST_NOISE, _LARGEST_NOISE)
        state = solver.minimise(problem, state, float(noise))
    solver.limit = limit
    return problem, state


def _steps_with_misfit(
    solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState
) -> tuple[HeadState, float, float]:
    """As `last_steps`, for a mesh that is no head of the model: what the model cannot say is a field over the head,
    and no expression."""
    averaged, counts = cell_problem(problem)
    for _ in range(_MISFIT_ROUNDS):
        misfit = likeliest_misfit(averaged, counts, state)
        state = solver.minimise(replace(averaged, factor=misfit.factor), state, misfit.size)
    # The field would also keep identities small that bring the head nearer; they distort no face.
    layout, free = step_layout(problem.head), problem.free.copy()
    for name in _STRAIGHT & layout.keys():
        free[layout[name]] = False
    near = replace(problem, free=free)
    noise = np.clip(joint_noise(near, state, patches(problem.head.template)), _LEAST_NOISE, _LARGEST_NOISE)
    state = solver.minimise(near, state, float(noise))
    return state, left_over(problem, state), misfit.length


def _robust_weights(problem: HeadProblem, state: HeadState) -> np.ndarray:
    """Geman-McClure weights at three times the median distance."""
    distance = np.linalg.norm(problem.points(state) - problem.targets, axis=1)
    spread = 3.0 * max(float(np.median(distance)), _LEAST_NOISE)
    return 1.0 / (1.0 + (distance / spread) ** 2) ** 2
