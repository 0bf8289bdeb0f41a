"""The most likely motion: every frame's own evidence, and evenness in time, weighed together.

A filter afterwards cannot tell what a frame says firmly from what it hardly says. Here each frame's cost is its
quadratic around the frame's own fit, and accelerations are normal with known spread, so that only what a frame leaves
open follows its neighbours. The normal equations are banded: the smoother of Rauch, Tung and Striebel (1965) as one
linear system (Bell, "The iterated Kalman smoother as a Gauss-Newton method", 1994).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded
from scipy.spatial.transform import Rotation

from ..gauss_newton import HeadProblem, step_layout
from ..posable import HeadState
from .choice import evenly_spread

# Standard deviations of accelerations per frame and frame at `_FPS`: blendshapes, other expressions (standard
# deviations), joints in radians, places in mm. Eyes leap.
_FPS = 30.0
_BLENDSHAPE, _EXPRESSION, _PLACE = 0.03, 0.15, 2.0
_JOINTS, _OTHER_JOINT = {"jaw": 0.03, "left_eye": 0.1, "right_eye": 0.1, "root": 0.02}, 0.01
# The quadratics are renewed so often; a step is solved for so often until it holds what belongs at its limits; it is
# halved so often until it leads downward.
_ROUNDS, _ACTIVE_SETS, _HALVINGS = 2, 8, 5
# So many frames are solved for at a time; those which a window shares with the one before are solved for again.
_WINDOW, _OVERLAP = 256, 32
_HELD = 1e8
_STENCIL = np.array([1.0, -2.0, 1.0])
# Of so many frames it is asked how exactly they say what they say.
_SAMPLES, _LEAST_SHARE = 5, 0.2


@dataclass(frozen=True, eq=False)
class Evenness:
    """precision : (T - 2, F) 1 / sigma^2 of the accelerations of the free entries of three frames in a row. stencils :
    (T - 2, 3) how an acceleration follows from the three: 1, -2, 1 where their steps in time are one; 0 where they do not
    belong together."""

    precision: np.ndarray
    stencils: np.ndarray


def evenness(problem: HeadProblem, frame_numbers: np.ndarray, fps: float, strength: float) -> Evenness:
    """What is known of natural motion. strength : scales how firmly it is held."""
    head, layout = problem.head, step_layout(problem.head)
    sigma = np.full(layout["scale"].stop, np.inf)
    sigma[layout["expression"]] = _BLENDSHAPE if head.blendshapes else _EXPRESSION
    for name in head.joint_names:
        sigma[layout[name]] = _JOINTS.get(name, _OTHER_JOINT)
    sigma[layout["translation"]] = _PLACE
    # Slower pictures show larger accelerations.
    pace = (_FPS / fps) ** 2 if fps > 0.0 else 1.0
    steps = np.diff(frame_numbers)
    whole = (steps[1:] == steps[:-1]) & (steps[1:] == steps.min(initial=frame_numbers[-1] + 1))
    precision = strength * (pace * sigma[problem.free]) ** -2.0
    return Evenness(np.tile(precision, (len(whole), 1)), whole[:, None] * _STENCIL)


def even_motion(
    problems: Callable[[int], HeadProblem],
    states: list[HeadState],
    noise: float,
    even: Evenness,
    report: Callable[[float], None],
) -> list[HeadState]:
    """The most likely states near `states`. problems : the frames', by number; noise : mm, of a coordinate. report :
    called before every frame with the share of the work that is done.

    Where the frames themselves show larger accelerations than natural motion has and than their noise explains, these
    are believed: pictures may be few a second, or faces fast."""
    states = list(states)
    if len(states) < 3:
        return states
    even = _as_seen(even, problems, states, noise)
    for number in range(_ROUNDS):
        states = evened(problems, states, noise, even, lambda share, n=number: report((n + share) / _ROUNDS))
    return states


def evened(
    problems: Callable[[int], HeadProblem],
    states: list[HeadState],
    noise: float,
    even: Evenness,
    report: Callable[[float], None],
    window: int = _WINDOW,
) -> list[HeadState]:
    """The states after one step towards the most likely ones; the arguments are those of `even_motion`. window : so many
    frames are solved for at a time."""
    states, start, stop = list(states), 0, 0
    while stop < len(states):
        stop = min(start + window, len(states))
        triples = slice(start, max(stop - 2, start))
        frames = _Window(
            [problems(frame) for frame in range(start, stop)],
            noise,
            Evenness(even.precision[triples], even.stencils[triples]),
        )

        def done(at: int, start=start) -> None:
            report((start + at) / len(states))

        moved = frames.moved(states[start:stop], done)
        # The first frames of a window know nothing of those before it.
        own = start + (_OVERLAP // 2 if start else 0)
        states[own:stop] = moved[own - start :]
        start = stop - _OVERLAP
    return states


def _as_seen(even: Evenness, problems: Callable[[int], HeadProblem], states: list[HeadState], noise: float) -> Evenness:
    """With the spread that accelerations have beside their noise, where it is larger."""
    free, rows = problems(0).free, np.flatnonzero(even.stencils.any(axis=1))
    if not len(rows):
        return even
    seen = np.mean(accelerations(states, free, even.stencils)[rows] ** 2, axis=0)
    # The noise of x1 - 2 x2 + x3 has 1 + 4 + 1 times the variance of each; limits leave less of it.
    moving = np.maximum(seen - 6.0 * state_variances(problems, states, noise), _LEAST_SHARE * seen)
    with np.errstate(divide="ignore"):
        return Evenness(1.0 / np.maximum(1.0 / even.precision, moving), even.stencils)


def state_variances(problems: Callable[[int], HeadProblem], states: list[HeadState], noise: float) -> np.ndarray:
    """(F,) of the free entries of frames that are each taken alone, the mean of some of them (Laplace's approximation)."""
    variances = []
    for frame in evenly_spread(np.arange(len(states)), _SAMPLES):
        problem = problems(int(frame))
        matrix, _ = problem.normal_equations(states[frame])
        prior = np.diag(problem.precision[problem.free] + 1e-12)
        variances.append(np.diagonal(np.linalg.inv(matrix / noise**2 + prior)))
    return np.mean(variances, axis=0)


def accelerations(states: list[HeadState], free: np.ndarray, stencils: np.ndarray) -> np.ndarray:
    """(T - 2, F) of the free entries of three frames in a row, rotations by the turns between them."""
    steps = np.stack([_step(a, b) for a, b in zip(states, states[1:])])[:, free]
    return stencils[:, 2:] * steps[1:] - stencils[:, :1] * steps[:-1]


class _Window:
    """Frames in a row as one problem."""

    def __init__(self, problems: list[HeadProblem], noise: float, even: Evenness):
        self._problems, self._noise, self._even = problems, noise, even
        self._free = problems[0].free
        self._size = int(self._free.sum())
        self._triples = np.flatnonzero(even.stencils.any(axis=1))

    def cost(self, states: list[HeadState]) -> float:
        each = sum(
            problem.data_cost(state) / self._noise**2 + problem.prior_cost(state)
            for problem, state in zip(self._problems, states)
        )
        return each + float((self._even.precision[self._triples] * self._accelerations(states) ** 2).sum())

    def moved(self, states: list[HeadState], report: Callable[[int], None]) -> list[HeadState]:
        """The states after one step."""
        bands, gradient, room = self._equations(states, report)
        step = _solved_within(bands, gradient, room).reshape(len(states), self._size)
        before = self.cost(states)
        for _ in range(_HALVINGS):
            candidates = []
            for problem, state, own in zip(self._problems, states, step):
                full = np.zeros(len(self._free))
                full[self._free] = own
                candidates.append(problem.within(state.moved(full)))
            if self.cost(candidates) <= before:
                return candidates
            step = 0.5 * step
        return states

    def _equations(self, states: list[HeadState], report: Callable[[int], None]):
        """The upper bands of the matrix, the right side, and (2, U) the room of a step."""
        size, unknowns = self._size, self._size * len(states)
        bands, gradient, room = np.zeros((2 * size + 1, unknowns)), np.zeros(unknowns), np.empty((2, unknowns))
        for at, (problem, state) in enumerate(zip(self._problems, states)):
            report(at)
            own = slice(at * size, (at + 1) * size)
            matrix, right = problem.normal_equations(state)
            matrix = matrix / self._noise**2 + np.diag(problem.precision[self._free])
            for offset in range(size):
                bands[-1 - offset, own.start + offset : own.stop] = np.diagonal(matrix, offset)
            gradient[own] = right / self._noise**2 - problem.prior_gradient(state)[self._free]
            room[:, own] = problem.room(state)[:, self._free]
        for at, acceleration in zip(self._triples, self._accelerations(states)):
            stencil, precision = list(enumerate(self._even.stencils[at])), self._even.precision[at]
            for i, a in stencil:
                gradient[(at + i) * size : (at + i + 1) * size] -= a * precision * acceleration
                for j, b in stencil[i:]:
                    columns = slice((at + j) * size, (at + j + 1) * size)
                    bands[-1 - (j - i) * size, columns] += a * b * precision
        return bands, gradient, room

    def _accelerations(self, states: list[HeadState]) -> np.ndarray:
        """(N, F) of the triples."""
        if not len(self._triples):
            return np.zeros((0, self._size))
        return accelerations(states, self._free, self._even.stencils)[self._triples]


def _step(state: HeadState, following: HeadState) -> np.ndarray:
    """(K + 3J + 4,) the step from one state to another."""
    turns = Rotation.from_matrix(following.rotations @ state.rotations.transpose(0, 2, 1)).as_rotvec()
    moved = following.translation - state.translation
    return np.concatenate([following.coefficients - state.coefficients, turns.reshape(-1), moved, [0.0]])


def _solved_within(bands: np.ndarray, gradient: np.ndarray, room: np.ndarray) -> np.ndarray:
    """The solution of the banded system within its room: what would leave it is held at its limit, and let go again where
    its gradient then leads back inside (the active set of a quadratic programme)."""
    held = (room[0] >= 0.0) & (gradient < 0.0) | (room[1] <= 0.0) & (gradient > 0.0)
    limit = np.zeros(len(gradient))
    for _ in range(_ACTIVE_SETS):
        matrix, right = bands.copy(), gradient.copy()
        stiff = _HELD * bands[-1][held]
        matrix[-1, held] += stiff
        right[held] += stiff * limit[held]
        step = solveh_banded(matrix, right, overwrite_ab=True, check_finite=False)
        beyond = ~held & ((step < room[0]) | (step > room[1]))
        left = gradient - _times(bands, step)
        back = held & ((limit <= room[0]) & (left > 0.0) | (limit >= room[1]) & (left < 0.0))
        if not beyond.any() and not back.any():
            break
        limit[beyond] = np.clip(step, *room)[beyond]
        held = (held | beyond) & ~back
    return np.clip(step, *room)


def _times(bands: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The product of a symmetric matrix, given by its upper bands, and a vector."""
    product = bands[-1] * vector
    for offset in range(1, len(bands)):
        band = bands[-1 - offset, offset:]
        product[:-offset] += band * vector[offset:]
        product[offset:] += band * vector[:-offset]
    return product
