"""Who the person of a performance is: one identity of the frames that differ most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..first_steps import (
    DOUBTFUL,
    FIRST_NOISE,
    FIRST_TOLERANCE,
    blendshapes_of_bones,
    first_steps,
    rigid_start,
    some_vertices,
)
from ..gauss_newton import HeadProblem, LevenbergMarquardt
from ..misfit import cell_problem, likeliest_misfit
from ..noise import left_over
from ..plausible import plausible_problem
from ..posable import HeadState
from .rigid import moved_onto
from .shared import SharedProblem, of_the_person

EXACT_NOISE = 1e-3
"""What is taken for the noise of meshes that are heads of the model (mm)."""

LAST_TOLERANCE = 1e-5
"""Steps that move the vertices by less are the last (mm, root mean square)."""

_MISFIT_ROUNDS = 2


@dataclass(frozen=True, eq=False)
class Person:
    """problem : of a frame, with what is known of natural faces where the meshes are no heads of the model; its targets
    are any frame's. states : of the chosen frames, with one identity. exact : whether these give the meshes. noise : mm,
    of a coordinate. factor : of the correlations between the cells of the misfit (see `misfit`), None where exact.
    """

    problem: HeadProblem
    states: list[HeadState]
    exact: bool
    noise: float
    factor: np.ndarray | None

    @property
    def scaled(self) -> bool:
        """Whether the scale was fitted."""
        return bool(self.problem.free[-1])


def find_person(
    problem: HeadProblem, targets: list[np.ndarray], limits: bool, prior: float, report: Callable[[int], None]
) -> Person:
    """The person of frames that differ. problem : of any mesh. targets : (V, 3) mm of the frames, the most neutral first.
    limits, prior : see `FitSequenceSettings`. report : called before every step with how many were made."""
    solver = LevenbergMarquardt()
    solver.report = lambda: report(solver.steps)
    problems = [replace(problem, targets=points) for points in targets]
    state, scaled = first_steps(solver, problems[0], rigid_start(problem.head, targets[0], problem.weights))
    if scaled is not None:
        state, free = scaled, problem.free.copy()
        free[-1] = True
        problems = [replace(each, free=free) for each in problems]
    states = _by_some_vertices(solver, problems, state)
    solver.tolerance = LAST_TOLERANCE
    if _worst(problems, states) <= DOUBTFUL:
        states = _together(solver, problems, states, EXACT_NOISE)
        return Person(problems[0], states, True, EXACT_NOISE, None)
    if limits:
        problems = [plausible_problem(each, prior) for each in problems]
    # As `last_steps` does for one mesh.
    averaged, counts = zip(*(cell_problem(each) for each in problems))
    for _ in range(_MISFIT_ROUNDS):
        misfit = likeliest_misfit(averaged[0], counts[0], states[0])
        states = _together(solver, [replace(each, factor=misfit.factor) for each in averaged], states, misfit.size)
    return Person(problems[0], states, False, misfit.size, misfit.factor)


def _by_some_vertices(solver: LevenbergMarquardt, problems: list[HeadProblem], state: HeadState) -> list[HeadState]:
    """Where bones alone lead the frames, or all together, if only that gives the meshes: in all frames the same, so that
    no curve leaps between a bone and a blendshape that does what it does."""
    solver.tolerance = FIRST_TOLERANCE
    few, head = [some_vertices(problem) for problem in problems], problems[0].head
    person = of_the_person(head)[: head.coefficient_count]
    rest = replace(head.neutral(), coefficients=np.where(person, state.coefficients, 0.0), log_scale=state.log_scale)
    of_bones = blendshapes_of_bones(few[0])
    bones = [replace(problem, free=problem.free & ~of_bones) for problem in few]
    states = _together(solver, bones, [moved_onto(problem, rest) for problem in few], FIRST_NOISE)
    if not of_bones.any():
        return states
    together = _together(solver, few, states, FIRST_NOISE)
    return together if _worst(few, together) <= DOUBTFUL else states


def _together(solver, problems: list[HeadProblem], states: list[HeadState], noise: float) -> list[HeadState]:
    shared = SharedProblem.of(problems)
    return list(solver.minimise(shared, shared.state(states), noise).frames)


def _worst(problems: list[HeadProblem], states: list[HeadState]) -> float:
    return max(left_over(problem, state) for problem, state in zip(problems, states))


def of_one_person(problem: HeadProblem, state: HeadState, offset: np.ndarray | None = None) -> HeadProblem:
    """The problem of a frame in which the person is known: only expression, joints and place are left.

    offset : (V, 3) mm, what the person's template has beyond the model."""
    head = problem.head.of_one_person(state.coefficients)
    if offset is not None:
        head = replace(head, template=head.template + offset)
    person = of_the_person(problem.head)
    kept = ~person
    kept[-1] = True

    def rest(entries: np.ndarray | None) -> np.ndarray | None:
        return None if entries is None else entries[..., kept[: entries.shape[-1]]]

    return replace(
        problem,
        head=head,
        precision=rest(problem.precision),
        free=rest(problem.free & ~person),
        limits=rest(problem.limits),
        rarity=rest(problem.rarity),
        log_scale=state.log_scale,
    )
