"""The most likely motion through all frames: what each frame says, and evenness in time, weighed together.

`sequence.smoothing` solves for it. What is particular to a video: its frames have their own times; across a cut nothing is
even; most of what the points are off by is the same from frame to frame, so that the noise that flickers is measured in
the video itself; and how fast the face moves is told by the video, from moment to moment: a blink is one, a still head none.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import uniform_filter1d

from ..gauss_newton import step_layout
from ..posable import HeadState
from ..sequence.choice import evenly_spread
from ..sequence.smoothing import Evenness, accelerations, evened, state_variances
from .frame_problem import FrameModel, FrameProblem
from .watching import Watched

# Times are counted in steps of this many a second.
_FPS = 30.0
# Frames farther apart than this say nothing of each other's motion, seconds.
_BRIDGED = 0.35
# Accelerations of a face that rests, per step and step: expressions, joints in radians, places in mm.
_EXPRESSION, _JOINT, _PLACE = 0.001, 0.0002, 0.02
# Accelerations are alike within so many frames: of the first, what stands out at once; of the others, what does not. What
# noise makes of them strays by so many times its mean in one frame, and by the root of their number less in several; so many
# times that is taken for noise.
_ALIKE, _STRAYS, _TAKEN = (5, 15, 45), 1.97, 2.0
_PASSES = 2
# So many frames are solved for at a time: each holds the correlations of its points.
_WINDOW = 80
# Of so many frames the accelerations are asked for at a time.
_AT_ONCE = 512
# Frames of which the flicker is measured, in rows of four; at least and at most this share of the whole noise flickers.
_MEASURED, _FLICKER = 400, (1e-3, 1.0)


def most_likely_motion(
    model: FrameModel,
    watched: Watched,
    states: list[HeadState | None],
    smoothing: float,
    report: Callable[[float], None],
) -> tuple[list[HeadState | None], dict[str, float]]:
    """The states after weighing all frames, None where they were, and numbers on it: `flicker`, the share of the points'
    noise that changes from frame to frame, and `flicker_px`, the standard deviation of a coordinate.

    smoothing : scales how firmly motion is held to be even."""
    rows = np.array([row for row, state in enumerate(states) if state is not None])
    known = [states[row] for row in rows]
    share, pixels = _flicker(model, watched, rows, known)
    numbers = {"flicker": share, "flicker_px": pixels}
    if smoothing == 0.0 or len(rows) < 3:
        return states, numbers
    first = list(known)

    def problem(number: int) -> FrameProblem:
        return FrameProblem.of(model, watched.seen(rows[number]), first[number], 1.0 / share)

    stencils = _stencils(watched, rows)
    noise = float(np.sqrt(share))
    if stencils.any():
        precision = smoothing * _precision(model, problem, known, stencils, noise, report)
        for number in range(_PASSES):
            even = Evenness(precision, stencils)
            known = evened(problem, known, noise, even, lambda at, n=number: report((n + at) / _PASSES), _WINDOW)
    result = list(states)
    for row, state in zip(rows, known, strict=True):
        result[row] = state
    return result, numbers


def _stencils(watched: Watched, rows: np.ndarray) -> np.ndarray:
    """(N - 2, 3) see `Evenness`: accelerations of frames at their own times."""
    steps = np.maximum(np.diff(watched.seconds[rows]), 1e-4) * _FPS
    apart = steps > _BRIDGED * _FPS
    for number, (row, following) in enumerate(zip(rows, rows[1:])):
        apart[number] |= watched.starts[row + 1 : following + 1].any()
    before, after = steps[:-1], steps[1:]
    outer = np.stack([2.0 / (before * (before + after)), 2.0 / (after * (before + after))], axis=1)
    stencils = np.stack([outer[:, 0], -outer.sum(axis=1), outer[:, 1]], axis=1)
    stencils[apart[:-1] | apart[1:]] = 0.0
    return stencils


def _precision(
    model: FrameModel,
    problem: Callable[[int], FrameProblem],
    states: list[HeadState],
    stencils: np.ndarray,
    noise: float,
    report: Callable[[float], None],
) -> np.ndarray:
    """(N - 2, F) 1 / sigma^2 of the accelerations, as the video has them around each moment."""
    layout, free = step_layout(model.head), model.free
    rest = np.full(len(free), _JOINT)
    rest[layout["expression"]], rest[layout["translation"]] = _EXPRESSION, _PLACE
    variances = state_variances(problem, states, noise)
    used = stencils.any(axis=1)
    seen, expected = np.zeros((2, len(stencils), int(free.sum())))
    for first in range(0, len(stencils), _AT_ONCE):
        report(0.0)
        part = slice(first, first + _AT_ONCE)
        seen[part] = accelerations(states[first : first + _AT_ONCE + 2], free, stencils[part]) ** 2
    # What a stencil makes of the states' noise.
    expected[used] = (stencils[used] ** 2).sum(axis=1)[:, None] * variances
    moving = np.zeros_like(seen)
    for count in _ALIKE:
        weight = np.maximum(uniform_filter1d(used.astype(float), count, mode="nearest"), 1e-9)[:, None]
        around = [uniform_filter1d(each, count, axis=0, mode="nearest") / weight for each in (seen, expected)]
        moving = np.maximum(moving, around[0] - (1.0 + _TAKEN * _STRAYS / np.sqrt(count)) * around[1])
    # Of even steps h the stencil is 1, -2, 1 by h^2. The finer they are, the larger is what changes at random from one to
    # the next.
    step = np.clip(2.0 / np.sqrt(np.maximum(np.abs(stencils).sum(axis=1), 1e-9)), 1e-3, 1.0)[:, None]
    return 1.0 / np.maximum(moving, rest[free] ** 2 / step)


def _flicker(model: FrameModel, watched: Watched, rows: np.ndarray, states: list[HeadState]) -> tuple[float, float]:
    """The share of the points' variance that changes from frame to frame, and its standard deviation in pixels: by their
    third differences, which motion leaves nearly alone, where they are least."""
    squares, sizes, supposed = [], [], []
    fours = [
        n
        for n in range(len(rows) - 3)
        if rows[n + 3] - rows[n] == 3 and not watched.starts[rows[n] + 1 : rows[n] + 4].any()
    ]
    for number in evenly_spread(np.array(fours, int), _MEASURED):
        four = np.stack([watched.points(rows[number] + k)[model.numbers] for k in range(4)])
        third = four[3] - 3.0 * four[2] + 3.0 * four[1] - four[0]
        size = _per_mm(model, states[number])
        squares.append(float(np.nanmedian(third**2, axis=0).mean()) / 20.0 / 0.455 / size**2)
        sizes.append(size)
    for number in evenly_spread(np.arange(len(rows)), 5):
        noise = FrameProblem.of(model, watched.seen(rows[number]), states[number]).term.noise
        diagonal = np.repeat(noise.independent, 2) + np.diagonal(noise.correlated)
        supposed.append(float(np.median(diagonal)) / _per_mm(model, states[number]) ** 2)
    if not squares:
        return _FLICKER[1], 0.0
    # Half of the moments move more than the quieter half.
    flicker = float(np.quantile(squares, 0.3))
    share = float(np.clip(flicker / np.median(supposed), *_FLICKER))
    return share, float(np.sqrt(flicker) * np.median(sizes))


def _per_mm(model: FrameModel, state: HeadState) -> float:
    """Pixels at the head's place."""
    return float(np.exp(model.log_focal)) / max(-float(state.translation[2]), 1.0)
