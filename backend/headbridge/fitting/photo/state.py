"""What a fit to photos looks for: one identity, and per photo the rest of the head, its place and the focal length."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..gauss_newton import step_layout
from ..posable import HeadState, PosableHead

FOCAL = "focal"


@dataclass(frozen=True, eq=False)
class ViewState:
    """The head as one photo shows it.

    head : the whole head (its coefficients hold the shared identity), in the camera's upright frame: the camera at the
        origin, x to the right, y up, looking along -z; mm. Its scale stays 1.
    log_focal : logarithm of the focal length in pixels. light : (9, 3), or None before a photometric fit.
    """

    head: HeadState
    log_focal: float
    light: np.ndarray | None = None

    @property
    def focal(self) -> float:
        """Pixels."""
        return float(np.exp(self.log_focal))

    def moved(self, step: np.ndarray) -> ViewState:
        """The state a step away; `step` (K + 3J + 3 + 1,) is that of `HeadState.moved` with the logarithm of the focal
        length in the scale's place.

        Only the derivative of a step is given by its entries: here a longer lens also takes the head farther away, as
        much as keeps its size once the step is taken, since that is the long valley of every fit to one photo."""
        longer = float(step[-1])
        head = self.head.moved(np.append(step[:-1], 0.0))
        translation = head.translation - longer * self.head.translation + np.expm1(longer) * self.head.translation
        return replace(self, head=replace(head, translation=translation), log_focal=self.log_focal + longer)


@dataclass(frozen=True, eq=False)
class PhotoState:
    """identity : (I,) shared by all views. views : each one's state, holding the same identity."""

    identity: np.ndarray
    views: tuple[ViewState, ...]

    def with_identity(self, identity: np.ndarray) -> PhotoState:
        """The state with another identity (I,) in all views."""
        views = []
        for view in self.views:
            coefficients = np.concatenate([identity, view.head.coefficients[len(identity) :]])
            views.append(replace(view, head=replace(view.head, coefficients=coefficients)))
        return PhotoState(identity, tuple(views))


def photo_layout(head: PosableHead) -> dict[str, slice]:
    """Where the parts of a view's step (P = K + 3J + 3 + 1 entries) lie: `step_layout` with "focal" for the scale."""
    layout = step_layout(head)
    layout[FOCAL] = layout.pop("scale")
    return layout


def step_size(head: PosableHead) -> int:
    """P, the entries of a view's step."""
    return photo_layout(head)[FOCAL].stop
