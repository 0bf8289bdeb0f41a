"""Damped Newton steps within limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import scipy.linalg

from ..errors import HeadBridgeError

State = TypeVar("State")

# Rounds of the solution of long steps, and what may lie beyond a limit there.
_ROUNDS, _TOLERANCE = 4, 1e-9


def bounded_step(
    hessian: np.ndarray, gradient: np.ndarray, damping: float, room: np.ndarray, groups: np.ndarray | None = None
) -> np.ndarray:
    """(U,) the solution of (H + damping diag H) x = g within its room: what would leave it stops at its limit, and the
    rest is solved for again (the active set of a quadratic programme, never given up within one step).

    hessian : (U, U). gradient : (U,). room : (2, U) least and greatest step, <= 0 and >= 0. groups : (U,) which group an
    unknown belongs to, where those of different groups meet in no entry of the hessian but through those of group -1;
    this saves time.
    Raises `HeadBridgeError` when there is no finite solution."""
    step = np.zeros(len(gradient))
    moving = ~((room[0] >= 0.0) & (gradient < 0.0) | (room[1] <= 0.0) & (gradient > 0.0))
    while moving.any():
        right = gradient - hessian[:, ~moving] @ step[~moving]
        part = slice(None) if moving.all() else np.flatnonzero(moving)
        inner = hessian if moving.all() else hessian[np.ix_(part, part)]
        step[part] = _solve(inner, right[part], damping, None if groups is None else groups[part])
        beyond = moving & ((step < room[0]) | (step > room[1]))
        if not beyond.any():
            break
        step[beyond] = np.clip(step, *room)[beyond]
        moving &= ~beyond
    return step


@dataclass(frozen=True)
class Damping:
    """Marquardt's damping: divided by ten after a step that was taken, down to `least`; after one that was not, multiplied
    by ten, to `raised` at least. Beyond `largest` there is no better place."""

    least: float
    raised: float
    largest: float

    def lowered(self, value: float) -> float:
        """That of the next step."""
        return max(0.1 * value, self.least)


def levenberg_marquardt_step(
    attempt: Callable[[np.ndarray], tuple[State, float]],
    greatest: float,
    hessian: np.ndarray,
    gradient: np.ndarray,
    room: np.ndarray,
    value: float,
    damping: Damping,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, State | None, float, float]:
    """A step of least squares (Marquardt 1963) as far as costs allow: the step, the state and cost after it, and the
    damping under which it was taken; None in place of the state where there is none.

    attempt : of a step, the state that it leads to and its cost. greatest : cost that is accepted. hessian, gradient, room,
    groups : of `bounded_step`. value : the damping to begin with."""
    while True:
        step = bounded_step(hessian, gradient, value, room, groups)
        state, cost = attempt(step)
        if cost <= greatest:
            return step, state, cost, value
        value = max(10.0 * value, damping.raised)
        if value > damping.largest:
            return step, None, cost, value


def bounded_solution(matrix: np.ndarray, right: np.ndarray, room: np.ndarray) -> np.ndarray:
    """(U,) the solution of A x = b within its room, for steps that are long.

    As `bounded_step`, but everything moves at first: where unknowns depend on each other much, what the gradient alone would
    hold at its limit leaves it when the others have moved.
    matrix : A (U, U), symmetric and positive definite; right : b (U,); room : (2, U) least and greatest values."""
    solution, free = np.zeros(len(right)), np.ones(len(right), bool)
    for _ in range(_ROUNDS):
        known = right[free] - matrix[np.ix_(free, ~free)] @ solution[~free]
        solution[free] = np.linalg.solve(matrix[np.ix_(free, free)], known)
        bounded = np.clip(solution, *room)
        beyond = np.abs(solution - bounded) > _TOLERANCE
        solution = bounded
        if not beyond.any():
            break
        free &= ~beyond
    return solution


def _solve(hessian: np.ndarray, gradient: np.ndarray, damping: float, groups: np.ndarray | None) -> np.ndarray:
    damped = hessian + damping * np.diag(np.maximum(np.diagonal(hessian), 1e-12))
    try:
        if groups is None:
            factor = scipy.linalg.cho_factor(damped, overwrite_a=True, check_finite=False)
            step = scipy.linalg.cho_solve(factor, gradient, check_finite=False)
        else:
            step = _solve_groups(damped, gradient, groups)
    except np.linalg.LinAlgError:
        step = np.full(len(gradient), np.nan)
    if not np.isfinite(step).all():
        raise HeadBridgeError("The fit has no solution: too few points, or points that fix too little of the head.")
    return step


def _solve_groups(matrix: np.ndarray, right: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The solution of a positive definite system whose groups meet only through group -1 (Schur complement)."""
    shared = np.flatnonzero(groups < 0)
    reduced, remainder, eliminated = matrix[np.ix_(shared, shared)], right[shared].copy(), []
    for group in np.unique(groups[groups >= 0]):
        own = np.flatnonzero(groups == group)
        factor = scipy.linalg.cho_factor(matrix[np.ix_(own, own)], check_finite=False)
        across = matrix[np.ix_(own, shared)]
        columns = scipy.linalg.cho_solve(factor, np.column_stack([across, right[own]]), check_finite=False)
        reduced -= across.T @ columns[:, :-1]
        remainder -= across.T @ columns[:, -1]
        eliminated.append((own, columns))
    solution = np.zeros(len(right))
    if len(shared):
        factor = scipy.linalg.cho_factor(reduced, overwrite_a=True, check_finite=False)
        solution[shared] = scipy.linalg.cho_solve(factor, remainder, check_finite=False)
    for own, columns in eliminated:
        solution[own] = columns[:, -1] - columns[:, :-1] @ solution[shared]
    return solution
