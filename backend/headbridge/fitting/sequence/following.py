"""From one frame to the next: expression and pose of a person who is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..first_steps import DOUBTFUL, FIRST_NOISE, FIRST_TOLERANCE, blendshapes_of_bones, some_vertices
from ..gauss_newton import HeadProblem, LevenbergMarquardt
from ..noise import left_over
from ..posable import ROOT, HeadState
from .person import LAST_TOLERANCE
from .rigid import moved_onto

# A frame that is left this much worse than usual is tried again from the rest pose.
_WORSE = 2.0


def follow(
    problems: Callable[[int], HeadProblem],
    starts: dict[int, HeadState],
    count: int,
    noise: float,
    report: Callable[[int], None],
) -> list[HeadState]:
    """The states of `count` frames. problems : of the frames, by number. starts : states of some of them. noise : mm.
    report : called before every frame with how many are done.

    Every frame starts from the one beside it that fits it better."""
    states: list[HeadState | None] = [None] * count
    off = np.zeros(count)
    for done, frame in enumerate(_outward(sorted(starts), count)):
        report(done)
        problem = problems(frame)
        known = [states[near] for near in (frame - 1, frame + 1) if 0 <= near < count and states[near] is not None]
        if frame in starts:
            known.append(starts[frame])
        start = min((moved_onto(problem, state) for state in known), key=lambda state: left_over(problem, state))
        states[frame] = _settled(problem, start, noise)
        off[frame] = left_over(problem, states[frame])
        usual = np.median(off[[state is not None for state in states]])
        if off[frame] > max(_WORSE * usual, DOUBTFUL):
            again = _settled(problem, moved_onto(problem, _at_rest(start)), noise)
            if left_over(problem, again) < off[frame]:
                states[frame], off[frame] = again, left_over(problem, again)
    return states


def _outward(known: list[int], count: int) -> list[int]:
    """All frames, each but the known ones after one beside it."""
    order, done = list(known), set(known)
    for frame in order:
        for near in (frame - 1, frame + 1):
            if 0 <= near < count and near not in done:
                done.add(near)
                order.append(near)
    return order


def _at_rest(state: HeadState) -> HeadState:
    rotations = np.tile(np.eye(3), (len(state.rotations), 1, 1))
    rotations[ROOT] = state.rotations[ROOT]
    return replace(state, coefficients=np.zeros_like(state.coefficients), rotations=rotations)


def _settled(problem: HeadProblem, state: HeadState, noise: float) -> HeadState:
    """The state of least cost near `state`; of whole meshes by some vertices first, with the blendshapes that do what a
    bone does where they were."""
    solver = LevenbergMarquardt(tolerance=FIRST_TOLERANCE)
    if problem.rows is None:
        few = some_vertices(problem)
        state = solver.minimise(replace(few, free=few.free & ~blendshapes_of_bones(few)), state, FIRST_NOISE)
    solver.tolerance = LAST_TOLERANCE
    return solver.minimise(problem, state, noise)
