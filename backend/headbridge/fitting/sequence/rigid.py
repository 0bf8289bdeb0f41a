"""A posed head moved as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...mesh.similarity import fit_similarity
from ..gauss_newton import HeadProblem
from ..posable import ROOT, HeadState, Posed


def moved_onto(problem: HeadProblem, state: HeadState) -> HeadState:
    """The state with its head turned and moved as a whole to where the problem's points are."""
    points, weights = problem.points(state), problem.weights / problem.weights.sum()
    turn = fit_similarity(points, problem.targets, weights).rotation
    scale = np.exp(state.log_scale)
    root = Posed(problem.head, state).joints[ROOT]
    rotations = state.rotations.copy()
    rotations[ROOT] = turn @ rotations[ROOT]
    # x -> turn (x - middle) + target takes the root where the translation has to bring it.
    place = turn @ (root - weights @ points) + weights @ problem.targets
    return replace(state, rotations=rotations, translation=state.translation + (place - root) / scale)
