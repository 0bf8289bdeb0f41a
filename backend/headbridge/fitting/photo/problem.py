"""The least squares of a fit to photos: terms of single photos, a prior, and an identity that all photos share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ...linalg.bounded_step import Damping, levenberg_marquardt_step
from ..posable import PosableHead, Posed
from .prior import PhotoPrior
from .state import PhotoState, ViewState

_FIRST_DAMPING = 1e-4
_DAMPING = Damping(least=1e-9, raised=1e-4, largest=1e7)


class Term(Protocol):
    """A part of one photo's loss: a sum of squares, -2 log likelihood up to a constant.

    `posed` is the whole head in the view's state. A term that has unknowns of its own (albedo, light) eliminates them.
    """

    def normal_equations(self, view: ViewState, posed: Posed) -> tuple[np.ndarray, np.ndarray, float]:
        """J^T W J (P, P) and J^T W r (P,) over a step of the view (`state.photo_layout`), r being data - model, and
        the cost r^T W r."""
        ...

    def cost(self, view: ViewState, posed: Posed) -> float:
        """The same cost without derivatives."""
        ...


@dataclass(frozen=True, eq=False)
class PhotoProblem:
    """sum of all terms and the prior, to be made least.

    head : the model, whole. terms : those of every view. prior : of the coefficients and joints.
    free : (views, P) bool, what may move of every view's step. same_lens : whether the focal length is one for all, as in
    a video; the views' states have to agree on it.
    """

    head: PosableHead
    terms: tuple[tuple[Term, ...], ...]
    prior: PhotoPrior
    free: np.ndarray
    same_lens: bool = False

    def __post_init__(self):
        if self.free.shape != (len(self.terms), len(self.prior.precision)):
            raise ValueError(f"free should be (views, P), not {self.free.shape}")

    def cost(self, state: PhotoState) -> float:
        """-2 log posterior up to a constant."""
        views = zip(self.terms, state.views, strict=True)
        return self.prior.cost(state) + sum(
            term.cost(view, posed) for terms, view in views for posed in [Posed(self.head, view.head)] for term in terms
        )

    def normal_equations(self, state: PhotoState) -> tuple[np.ndarray, np.ndarray]:
        """(U, U) and (U,), over all unknowns: the identity, then the lens that is one, then each view's other entries."""
        count, shared = self._count, self._identity
        matrix, right = np.zeros((count, count)), np.zeros(count)
        # The prior counts the identity once.
        matrix[:shared, :shared], right[:shared] = self.prior.size_equations(state.identity)
        for number, (terms, view) in enumerate(zip(self.terms, state.views, strict=True)):
            posed = Posed(self.head, view.head)
            where = self.places(number)
            for term in terms:
                own, pull, _ = term.normal_equations(view, posed)
                matrix[np.ix_(where, where)] += own
                right[where] += pull
            precision, pull = self.prior.normal_equations(view)
            own = slice(shared, None) if number else slice(None)
            matrix[where[own], where[own]] += precision[own]
            right[where[own]] += pull[own]
        return matrix, right

    def moved(self, state: PhotoState, step: np.ndarray) -> PhotoState:
        """The state a step (U,) of all unknowns away, coefficients within their limits."""
        views = []
        for number, view in enumerate(state.views):
            moved = view.moved(step[self.places(number)])
            coefficients = np.clip(moved.head.coefficients, *self.prior.limits)
            views.append(replace(moved, head=replace(moved.head, coefficients=coefficients)))
        return PhotoState(views[0].head.coefficients[: self._identity], tuple(views))

    def room(self, state: PhotoState) -> np.ndarray:
        """(2, U) how far down (negative) and up a step may go."""
        room = np.full((2, self._count), np.inf) * [[-1.0], [1.0]]
        coefficients = self.head.coefficient_count
        for number, view in enumerate(state.views):
            room[:, self.places(number)[:coefficients]] = self.prior.limits - view.head.coefficients
        return room

    @property
    def moving(self) -> np.ndarray:
        """(U,) bool, the unknowns that may move."""
        moving = np.zeros(self._count, bool)
        for number, free in enumerate(self.free):
            moving[self.places(number)] |= free
        return moving

    @property
    def _identity(self) -> int:
        return self.head.identity_count

    @property
    def _shared(self) -> int:
        return self._identity + self.same_lens

    @property
    def _count(self) -> int:
        return self._shared + len(self.terms) * (self.free.shape[1] - self._shared)

    @property
    def groups(self) -> np.ndarray:
        """(U,) the view whose own an unknown is, -1 for those that all share."""
        return np.repeat(
            np.arange(-1, len(self.terms)), [self._shared, *[self.free.shape[1] - self._shared] * len(self.terms)]
        )

    def places(self, number: int) -> np.ndarray:
        """(P,) which unknowns the entries of a view's step are."""
        own = self.free.shape[1] - self._shared
        places = np.concatenate([np.arange(self._identity), self._shared + number * own + np.arange(own)])
        # The focal length is a step's last entry.
        return np.append(places, self._identity) if self.same_lens else places


@dataclass(frozen=True, eq=False)
class Minimised:
    """A state of least cost nearby, its cost, the cost before, and the number of steps."""

    state: PhotoState
    cost: float
    cost_before: float
    steps: int


def minimise(
    problem: PhotoProblem,
    state: PhotoState,
    limit: int = 20,
    tolerance: float = 1e-2,
    report: Callable[[int], None] = lambda step: None,
) -> Minimised:
    """Levenberg-Marquardt from `state`, at most `limit` steps.

    tolerance : done when a step lowers the cost by less; a unit is that of -2 log posterior, so 0.01 is nothing.
    report : called with the number of the step before each. Raises `HeadBridgeError` when there is no solution."""
    moving = np.flatnonzero(problem.moving)
    # One photo alone has no parts to be solved for one after the other.
    groups = problem.groups[moving] if len(problem.terms) > 1 else None
    damping, steps = _FIRST_DAMPING, 0
    state = problem.moved(state, np.zeros(len(problem.moving)))
    before = cost = problem.cost(state)
    while steps < limit:
        report(steps)
        steps += 1
        matrix, right = problem.normal_equations(state)
        matrix, right = matrix[np.ix_(moving, moving)], right[moving]
        room = problem.room(state)[:, moving]

        def attempt(part: np.ndarray, state: PhotoState = state) -> tuple[PhotoState, float]:
            step = np.zeros(len(problem.moving))
            step[moving] = part
            candidate = problem.moved(state, step)
            return candidate, problem.cost(candidate)

        greatest = cost + 1e-9 * abs(cost)
        _, candidate, new, damping = levenberg_marquardt_step(
            attempt, greatest, matrix, right, room, damping, _DAMPING, groups
        )
        if candidate is None:
            return Minimised(state, cost, before, steps)
        gained, state, cost, damping = cost - new, candidate, new, _DAMPING.lowered(damping)
        if gained < tolerance:
            break
    return Minimised(state, cost, before, steps)
