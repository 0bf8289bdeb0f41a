"""How high the larynx of a HACK head stands: where it explains most of what the other coefficients leave over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.linalg
from scipy.optimize import minimize_scalar

from .gauss_newton import HeadProblem, LevenbergMarquardt
from .last_steps import last_steps
from .posable import HeadState, Posed

# Heights that are tried, in heights of the map; a neck has room for no more.
_HIGHEST, _TRIED = 0.2, 41
_ROUNDS, _SAME_HEIGHT = 6, 2e-5
# A larynx that moves no vertex by more than this (mm) stands anywhere.
_LEAST = 0.1
# What holds coefficients that hardly move the skin, squared mm.
_RIDGE = 1e-2


def with_larynx_height(
    solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState, robust: bool
) -> tuple[HeadProblem, HeadState]:
    """The problem whose head has its larynx where the data have it, and the state that fits it there.

    The size is a coefficient like others; at what height it is, a search over heights tells, the other coefficients
    giving way, and the steps of the fit between two searches. Heads without a larynx stay as they are."""
    if problem.head.larynx is None:
        return problem, state
    for _ in range(_ROUNDS):
        height = _best_height(problem, state)
        if abs(height - problem.head.larynx_height) < _SAME_HEIGHT:
            break
        problem = replace(problem, head=problem.head.with_larynx_height(height))
        state, _, _ = last_steps(solver, problem, state, robust)
    return problem, state


def _best_height(problem: HeadProblem, state: HeadState) -> float:
    head = problem.head
    place = head.parts["larynx_size"].start
    roots = np.sqrt(problem.weights)[:, None]
    left = Posed(head, state).at_rest(problem.targets - problem.points(state))
    wanted = roots * (left + state.coefficients[place] * head.bases[:, :, place])
    others = (roots[..., None] * np.delete(head.bases, place, axis=2)).reshape(roots.size * 3, -1)
    factor = scipy.linalg.cho_factor(others.T @ others + _RIDGE * np.eye(others.shape[1]))

    def alone(displacement: np.ndarray) -> np.ndarray:
        """What the other coefficients cannot make of a (3 V,) displacement."""
        return displacement - others @ scipy.linalg.cho_solve(factor, others.T @ displacement)

    target = alone(wanted.reshape(-1))

    def explained(height: float) -> tuple[float, float]:
        """The squared mm that a larynx of that height explains, and of what size it is."""
        own = alone((roots * head.larynx.displacement(height)).reshape(-1))
        size = float(own @ target) / max(float(own @ own), 1e-12)
        return size * float(own @ target), size

    heights = np.linspace(-_HIGHEST, _HIGHEST, _TRIED)
    best = heights[int(np.argmax([explained(height)[0] for height in heights]))]
    step = heights[1] - heights[0]
    found = minimize_scalar(
        lambda height: -explained(height)[0],
        bounds=(best - step, best + step),
        method="bounded",
        options={"xatol": 1e-6},
    )
    moved = abs(explained(found.x)[1]) * np.linalg.norm(head.larynx.displacement(found.x), axis=1).max()
    return float(found.x) if moved > _LEAST else head.larynx_height
