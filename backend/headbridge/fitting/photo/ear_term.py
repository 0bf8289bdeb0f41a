"""Points of the ears as a term of a fit: what is far behind the face tells how near the camera was."""

from __future__ import annotations

import numpy as np

from ...detection.ears.finding import FoundEars
from ...detection.ears.places import NAMES, ear_places
from ..posable import PosableHead
from .landmark_noise import LandmarkNoise
from .landmark_term import LandmarkTerm
from .state import ViewState
from .view import Screen

# Points that show with a smaller chance are not looked for.
_SEEN = 0.5
# Ears stand off and are formed as no model has them: standard deviations of what the points of one ear share and of a
# point's own, mm.
_SHARED, _OWN = 2.0, 2.0


def seen_points(ears: FoundEars) -> np.ndarray:
    """(N,) numbers of the points that `ear_term` holds."""
    return np.flatnonzero(ears.chance > _SEEN)


def ear_term(head: PosableHead, ears: FoundEars, screen: Screen, view: ViewState) -> LandmarkTerm | None:
    """The seen points of both ears for a head about where `view` has it, all of full weight; None where none is seen."""
    seen = seen_points(ears)
    if not len(seen):
        return None
    per_mm = view.focal / max(-view.head.translation[2], 1.0)
    side = seen // len(NAMES)
    together = (_SHARED * per_mm) ** 2 * (side[:, None] == side)
    noise = LandmarkNoise(np.kron(together, np.eye(2)), ears.sigma[seen] ** 2 + (_OWN * per_mm) ** 2)
    landmarks = ear_places(head.key).subset(seen)
    return LandmarkTerm(screen, landmarks, ears.points[seen], np.zeros((len(seen), 2)), noise, ears.chance[seen])
