"""Photo fits of all people that know what kind of people there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..job import FitResult
from ..likely_people import LikelyHead, likely_head, likely_people
from ..posable import HeadState
from .problem import PhotoProblem
from .state import PhotoState, ViewState


def likely_face(problem: PhotoProblem, state: PhotoState) -> LikelyHead:
    """The problem's head counted from the people who are likely, as its terms say at a state of least cost."""
    matrix, right = problem.normal_equations(state)
    count = len(state.identity)
    # The data's share: without the prior of the identity itself.
    shared = problem.prior.precision[:count]
    matrix[np.arange(count), np.arange(count)] -= shared
    right[:count] += shared * state.identity
    # Blendshapes at their limits stay there.
    inside = problem.moving & (np.abs(problem.room(state)) > 0.0).all(axis=0)
    inside[:count] = True
    people = likely_people(matrix[np.ix_(inside, inside)], right[inside], state.identity)
    return likely_head(problem.head, people)


def with_heads(state: PhotoState, change: Callable[[HeadState], HeadState]) -> PhotoState:
    """The state with the head of every view changed (`LikelyHead.into`, `LikelyHead.back`)."""
    views = tuple(replace(view, head=change(view.head)) for view in state.views)
    return PhotoState(views[0].head.coefficients[: len(state.identity)], views)


def in_all_people(fit: FitResult, view: ViewState) -> FitResult:
    """A fit with the identity coefficients of a view's state."""
    identity = view.head.coefficients[: len(fit.coefficients["identity"])]
    return replace(fit, coefficients=fit.coefficients | {"identity": identity})
