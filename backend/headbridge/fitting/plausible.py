"""What natural faces keep to, for data that are not exactly a head of the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .gauss_newton import HeadProblem, step_layout
from .posable import HeadState, PosableHead

# Identities lie within so many standard deviations.
_IDENTITY_LIMIT = 4.0
# The mean of a blendshape: few are on at a time.
_BLENDSHAPE_MEAN = 0.06
# Blendshapes of the lids that follow the gaze.
GAZE = "eyeLook"


def plausible_problem(problem: HeadProblem, prior: float) -> HeadProblem:
    """The problem with identities in a plausible range, and blendshapes within 0 and 1 and mostly near 0.

    prior : scales how firmly they are held there."""
    head = problem.head
    limits = np.full((2, head.coefficient_count), np.inf) * [[-1.0], [1.0]]
    limits[:, head.parts["identity"]] = [[-_IDENTITY_LIMIT], [_IDENTITY_LIMIT]]
    if not head.blendshapes:
        return replace(problem, limits=limits)
    limits[:, head.parts["expression"]] = [[0.0], [1.0]]
    layout = step_layout(head)
    rarity = np.zeros(layout["scale"].stop)
    rarity[layout["expression"]] = 2.0 * prior / _BLENDSHAPE_MEAN
    return replace(problem, limits=limits, rarity=rarity)


def without_gaze(problem: HeadProblem, state: HeadState) -> tuple[HeadProblem, HeadState]:
    """Problem and state without the lids' share of a gaze, which skin without eyeballs does not tell."""
    gaze = _gaze(problem.head)
    coefficients = np.where(gaze, 0.0, state.coefficients)
    free = problem.free.copy()
    free[: len(gaze)] &= ~gaze
    return replace(problem, free=free), replace(state, coefficients=coefficients)


def _gaze(head: PosableHead) -> np.ndarray:
    """(K,) bool."""
    gaze = np.zeros(head.coefficient_count, bool)
    if head.expression_names:
        gaze[head.parts["expression"]] = [name.startswith(GAZE) for name in head.expression_names]
    return gaze
