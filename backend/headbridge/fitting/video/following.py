"""From frame to frame: each starts where the one before ended."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...progress import Progress
from ..gauss_newton import LevenbergMarquardt
from ..photo.camera import place
from ..posable import ROOT, HeadState
from .frame_problem import FrameModel, FrameProblem
from .parts import Parts
from .watching import PART, SeenPoints, Watched, stage_part

# Steps that move the points by less than this share of their noise are the last; the errors' spread is asked for anew
# so often.
_TOLERANCE, _ROUNDS, _STEPS = 0.02, 2, 6
# A frame whose points are so much farther off than usual is tried again from where its points alone say that the head is.
_WORSE = 3.0


def follow(model: FrameModel, watched: Watched, parts: Parts, progress: Progress) -> list[HeadState | None]:
    """The states of all frames, None where no face was seen."""
    states: list[HeadState | None] = []
    rows = len(watched.numbers)
    number = 0
    while len(states) < rows and (part := parts.load(stage_part("states", number))) is not None:
        states += unpacked(part)
        number += 1
    while len(states) < rows:
        first = len(states)
        last = _last_before(first, states, watched)
        for row in range(first, min(first + PART, rows)):
            progress.report(row / rows, f"Frame {watched.numbers[row]}: fitting the head")
            last = None if watched.starts[row] else last
            states.append(_frame(model, watched.seen(row), last) if watched.valid[row] else None)
            last = states[-1] or last
        parts.keep(stage_part("states", number), packed(states[first:]))
        number += 1
    return states


def settle_again(
    model: FrameModel, watched: Watched, states: list[HeadState | None], stage: str, parts: Parts, progress: Progress
) -> list[HeadState | None]:
    """The states that other points or places say, each frame from its own. stage : what the parts are called by."""
    found: list[HeadState | None] = []
    for first in range(0, len(states), PART):
        kept = parts.load(stage_part(stage, first // PART))
        if kept is None:
            some = []
            for row in range(first, min(first + PART, len(states))):
                progress.report(row / len(states), f"Frame {watched.numbers[row]}: fitting the head again")
                some.append(None if states[row] is None else _settled(model, watched.seen(row), states[row]))
            kept = packed(some)
            parts.keep(stage_part(stage, first // PART), kept)
        found += unpacked(kept)
    return found


def _last_before(row: int, states: list[HeadState | None], watched: Watched) -> HeadState | None:
    """The last state before a row that is not beyond a cut."""
    for earlier in range(row - 1, -1, -1):
        if states[earlier] is not None or watched.starts[earlier]:
            return states[earlier]
    return None


def _frame(model: FrameModel, seen: SeenPoints, before: HeadState | None) -> HeadState:
    if before is None:
        return _settled(model, seen, _placed(model, seen.points, None))
    found = _settled(model, seen, before)
    if _off(model, seen, found) > _WORSE * len(model.numbers):
        again = _settled(model, seen, _placed(model, seen.points, before))
        return min(found, again, key=lambda state: _off(model, seen, state))
    return found


def _settled(model: FrameModel, seen: SeenPoints, state: HeadState) -> HeadState:
    solver = LevenbergMarquardt(limit=_STEPS, tolerance=_TOLERANCE, noise_tolerance=0.0)
    for _ in range(_ROUNDS):
        state = solver.minimise(FrameProblem.of(model, seen, state), state, 1.0)
    return state


def _off(model: FrameModel, seen: SeenPoints, state: HeadState) -> float:
    return FrameProblem.of(model, seen, state).data_cost(state)


def _placed(model: FrameModel, points: np.ndarray, before: HeadState | None) -> HeadState:
    """The head at rest, or with the expression before, where a frame's points say that it is."""
    state = model.head.neutral() if before is None else before
    rest = model.landmarks.evaluate(model.head.template)
    weights = model.places.spread[model.numbers] ** -2.0
    found = place(rest, points[model.numbers], model.screen, float(np.exp(model.log_focal)), weights)
    rotations = state.rotations.copy()
    rotations[ROOT] = found.rotation
    pivot = model.head.joints[ROOT]
    return replace(state, rotations=rotations, translation=found.apply(pivot[None])[0] - pivot)


def packed(states: list[HeadState | None]) -> dict[str, np.ndarray]:
    """The states as arrays."""
    known = [state for state in states if state is not None]
    return {
        "known": np.array([state is not None for state in states]),
        "coefficients": np.array([state.coefficients for state in known]),
        "rotations": np.array([state.rotations for state in known]),
        "translations": np.array([state.translation for state in known]),
    }


def unpacked(arrays: dict[str, np.ndarray]) -> list[HeadState | None]:
    """The states of such arrays."""
    rows = zip(arrays["coefficients"], arrays["rotations"], arrays["translations"], strict=True)
    known = iter([HeadState(*row, 0.0) for row in rows])
    return [next(known) if there else None for there in arrays["known"]]
