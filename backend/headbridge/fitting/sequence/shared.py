"""Several frames of one person as one problem: identity and scale shared, everything else per frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..gauss_newton import HeadProblem, step_layout
from ..posable import HeadState, PosableHead

# What belongs to the person, not to the frame.
_OF_THE_PERSON = ("identity", "larynx_size", "scale")


def of_the_person(head: PosableHead) -> np.ndarray:
    """(K + 3J + 4,) bool, entries of a step that all frames share."""
    layout = step_layout(head)
    shared = np.zeros(layout["scale"].stop, bool)
    for name in _OF_THE_PERSON:
        if name in layout:
            shared[layout[name]] = True
    return shared


@dataclass(frozen=True, eq=False)
class SharedState:
    """The states of N frames, and where their steps' entries lie in a step of all: index (N, K + 3J + 4)."""

    frames: tuple[HeadState, ...]
    index: np.ndarray

    def moved(self, step: np.ndarray) -> SharedState:
        """The state a step of all (U,) away."""
        return replace(self, frames=tuple(state.moved(step[own]) for state, own in zip(self.frames, self.index)))


@dataclass(frozen=True, eq=False)
class SharedProblem:
    """The sum of frames' problems over one set of unknowns, with what `LevenbergMarquardt` asks a `HeadProblem`.

    The steps of a frame are those of `HeadState.moved`; a step of all has the shared entries first, then every frame's
    own. The prior of shared entries counts once."""

    problems: tuple[HeadProblem, ...]

    @classmethod
    def of(cls, problems: list[HeadProblem]) -> SharedProblem:
        share = np.where(of_the_person(problems[0].head), 1.0 / len(problems), 1.0)
        return cls(tuple(replace(problem, precision=share * problem.precision) for problem in problems))

    @cached_property
    def index(self) -> np.ndarray:
        """(N, K + 3J + 4) places of the frames' entries."""
        shared = of_the_person(self.problems[0].head)
        count, own = int(shared.sum()), int((~shared).sum())
        index = np.empty((len(self.problems), len(shared)), int)
        index[:, shared] = np.arange(count)
        index[:, ~shared] = count + np.arange(len(self.problems) * own).reshape(-1, own)
        return index

    def state(self, frames: list[HeadState]) -> SharedState:
        """The frames' states together; what they share is the first's."""
        person = of_the_person(self.problems[0].head)[: len(frames[0].coefficients)]
        first = frames[0]
        same = [
            replace(
                state,
                coefficients=np.where(person, first.coefficients, state.coefficients),
                log_scale=first.log_scale,
            )
            for state in frames
        ]
        return SharedState(tuple(same), self.index)

    @property
    def weights(self) -> np.ndarray:
        return np.concatenate([problem.weights for problem in self.problems])

    @cached_property
    def free(self) -> np.ndarray:
        return self._scattered([problem.free for problem in self.problems]) > 0

    @cached_property
    def precision(self) -> np.ndarray:
        return self._scattered([problem.precision for problem in self.problems])

    def within(self, state: SharedState) -> SharedState:
        return replace(state, frames=tuple(p.within(frame) for p, frame in self._pairs(state)))

    def room(self, state: SharedState) -> np.ndarray:
        room = np.empty((2, self.index.max() + 1))
        for own, (problem, frame) in zip(self.index, self._pairs(state)):
            room[:, own] = problem.room(frame)
        return room

    def data_cost(self, state: SharedState) -> float:
        return sum(problem.data_cost(frame) for problem, frame in self._pairs(state))

    def prior_cost(self, state: SharedState) -> float:
        return sum(problem.prior_cost(frame) for problem, frame in self._pairs(state))

    def prior_gradient(self, state: SharedState) -> np.ndarray:
        return self._scattered([problem.prior_gradient(frame) for problem, frame in self._pairs(state)])

    def normal_equations(self, state: SharedState) -> tuple[np.ndarray, np.ndarray]:
        place = np.cumsum(self.free) - 1
        size = int(self.free.sum())
        matrix, right = np.zeros((size, size)), np.zeros(size)
        for own, (problem, frame) in zip(self.index, self._pairs(state)):
            its_matrix, its_right = problem.normal_equations(frame)
            at = place[own[problem.free]]
            matrix[np.ix_(at, at)] += its_matrix
            right[at] += its_right
        return matrix, right

    def _pairs(self, state: SharedState):
        return zip(self.problems, state.frames)

    def _scattered(self, parts: list[np.ndarray]) -> np.ndarray:
        total = np.zeros(self.index.max() + 1)
        for own, part in zip(self.index, parts):
            np.add.at(total, own, part)
        return total
