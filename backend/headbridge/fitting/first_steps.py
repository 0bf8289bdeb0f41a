"""Where a fit to a mesh starts: the mean head in place, then some of the vertices, the jaw in its bone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..mesh.similarity import fit_similarity_robust
from .gauss_newton import HeadProblem, LevenbergMarquardt, step_layout
from .noise import left_over
from .posable import ROOT, HeadState, PosableHead, Posed

# A fit that leaves more is of no head of the model (mm).
DOUBTFUL = 0.05
# Another way to fit is taken when it leaves less than this share.
_CLEARLY_BETTER = 0.5
# The first steps believe a mesh nearly exactly (mm), look at every n-th vertex, so that about this many remain, and end
# when they move the vertices by less (mm, root mean square).
FIRST_NOISE, _VERTICES, FIRST_TOLERANCE = 0.02, 1200, 2e-3

_OF_BONES = {"jaw": ("jawOpen",)}
BLENDSHAPES_OF_BONES = tuple(name for names in _OF_BONES.values() for name in names)
"""Blendshapes that do what a bone does."""


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


def first_steps(
    solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState
) -> tuple[HeadState, HeadState | None]:
    """Where some of the vertices lead, and where with a free scale, if that fits clearly better (else None)."""
    part = some_vertices(problem)
    solver.tolerance = FIRST_TOLERANCE
    fitted = _bones_first(solver, part, state)
    noise = left_over(part, fitted)
    if noise <= DOUBTFUL or problem.free[-1]:
        return fitted, None
    free = problem.free.copy()
    free[-1] = True
    loose = replace(part, free=free)
    scaled = solver.minimise(loose, fitted, FIRST_NOISE)
    return fitted, scaled if left_over(loose, scaled) < _CLEARLY_BETTER * noise else None


def some_vertices(problem: HeadProblem) -> HeadProblem:
    """The problem of every n-th of the vertices, for first steps."""
    few = slice(None, None, max(len(problem.targets) // _VERTICES, 1))
    return replace(
        problem, head=problem.head.restricted(few), targets=problem.targets[few], weights=problem.weights[few]
    )


def _bones_first(solver: LevenbergMarquardt, problem: HeadProblem, state: HeadState) -> HeadState:
    """Where the problem leads from `state` when bones do what they can, blendshapes the rest; or, where only that
    gives exactly the mesh, when all move together.

    The two are told apart by little, so that a sequence of open mouths must always look on the same side first."""
    of_bones = blendshapes_of_bones(problem)
    if not of_bones.any():
        return solver.minimise(problem, state, FIRST_NOISE)
    posed = solver.minimise(replace(problem, free=problem.free & ~of_bones), state, FIRST_NOISE)
    if left_over(problem, posed) <= DOUBTFUL:
        return solver.minimise(problem, posed, FIRST_NOISE)
    together = [solver.minimise(problem, start, FIRST_NOISE) for start in (posed, state)]
    exact = [fitted for fitted in together if left_over(problem, fitted) <= DOUBTFUL]
    return min(exact, key=lambda fitted: left_over(problem, fitted), default=posed)


def blendshapes_of_bones(problem: HeadProblem) -> np.ndarray:
    """(K + 3J + 4,) bool, free coefficients that do what a free joint does."""
    head, layout = problem.head, step_layout(problem.head)
    found = np.zeros(len(problem.free), bool)
    for joint, names in _OF_BONES.items():
        if joint in layout and problem.free[layout[joint]].all() and head.expression_names:
            found[layout["expression"]] |= np.isin(head.expression_names, names)
    return found & problem.free
