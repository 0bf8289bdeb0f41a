"""Points moved by hand: the head follows them, near where it was fitted.

The fit as it was is the likeliest head without them: about it, minus the logarithm of its posterior is a parabola whose
curvature is known (Laplace's approximation). The pins come on top of that as measurements, so that nothing pinned moves
nothing, the same pins always give the same head, and what pins say nothing of stays where photo and landmarks hold it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from ...errors import InputError
from ...linalg.bounded_step import bounded_step
from ...topologies import load_topology
from ..posable import PosableHead, Posed
from .contour_term import ContourTerm, Outline, outline
from .job import DETECTED, PhotoLandmarks
from .landmark_noise import LandmarkNoise, placed_sigma
from .landmark_places import landmark_places
from .landmark_stage import OutlineMesh, known_landmarks
from .landmark_term import LandmarkTerm, landmark_points
from .prior import PhotoPrior
from .problem import PhotoProblem, Term
from .seen_face import SeenFace
from .state import FOCAL, PhotoState, ViewState, photo_layout

_STEPS, _DONE = 8, 1e-4
# A few points say nothing of the camera, and next to nothing of where the head is: radians and mm that it may turn and
# move, standard deviations. Where all points are moved, the head goes along.
_TURN_SIGMA, _PLACE_SIGMA = 0.003, 0.5
# A pin farther than this from the head's own point, mm, is of another landmark.
_FARTHEST = 50.0
# A point of the jaw contour marks the outline where that is this near, mm.
_ON_OUTLINE = 15.0

Curvature = tuple[np.ndarray, np.ndarray]
"""(U, U) and (U,): J^T W J and J^T W r over the unknowns of a `PhotoProblem`."""


def follow_pins(
    head: PosableHead,
    faces: tuple[SeenFace, ...],
    start: PhotoState,
    prior: PhotoPrior,
    free: np.ndarray,
    colours: Curvature | None = None,
    report: Callable[[float], None] = lambda share: None,
) -> PhotoState:
    """The head at `start`, moved by the pins of `faces`; `start` itself without any.

    The detector's own points of a landmark that is pinned are believed no longer. free : see `free_unknowns`. colours : what
    the photos' colours tell of geometry at `start`, None where they were not fitted to. report : the share done, before every
    step."""
    if not any_pins(faces):
        return start
    known = known_landmarks(head, tuple(map(_without_pinned, faces)), start, prior, free)
    problem = PhotoProblem(head, known.terms, prior, free)
    curvature, slope = problem.normal_equations(start)
    if colours is not None:
        curvature, slope = curvature + colours[0], slope + colours[1]
    moving = problem.moving
    layout = photo_layout(head)
    for row in range(len(faces)):
        where = problem.places(row)
        moving[where[layout[FOCAL]]] = False
        for part, sigma in (("root", _TURN_SIGMA), ("translation", _PLACE_SIGMA)):
            curvature[where[layout[part]], where[layout[part]]] += sigma**-2.0
    moving = np.flatnonzero(moving)
    # The fit ended where it is likeliest: what still slopes there does so against a limit.
    room = problem.room(start)
    held = (room[0] >= 0.0) & (slope < 0.0) | (room[1] <= 0.0) & (slope > 0.0)
    slope = np.where(held, slope, 0.0)
    pins = [_Pins(head, face, view) for face, view in zip(faces, start.views, strict=True)]
    moved, total = start, np.zeros(len(slope))
    for number in range(_STEPS):
        report(number / _STEPS)
        matrix, right = curvature.copy(), slope - curvature @ total
        for row, (view, pinned) in enumerate(zip(moved.views, pins, strict=True)):
            posed, where = Posed(head, view.head), problem.places(row)
            for term in pinned.terms(view, posed):
                own, pull, _ = term.normal_equations(view, posed)
                matrix[np.ix_(where, where)] += own
                right[where] += pull
        step = np.zeros(len(total))
        room = problem.room(moved)[:, moving]
        step[moving] = bounded_step(matrix[np.ix_(moving, moving)], right[moving], 0.0, room)
        total += step
        moved = problem.moved(start, total)
        if np.sqrt(max(step @ curvature @ step, 0.0)) < _DONE:
            break
    return moved


def _without_pinned(face: SeenFace) -> SeenFace:
    """The face without those landmarks that pins say better."""
    return face if face.pins is None else face.without(face.pins.numbers, face.pins.order)


def _label(order: str, number: int) -> str:
    return f"point {number}" if order == DETECTED else f"'{load_topology('flame').landmarks_68.names[number]}'"


class _Pins:
    """The pins of one photo as terms: those with a place on the skin at it, the others on the outline of the face, where
    that is near, else at the jaw's own place."""

    def __init__(self, head: PosableHead, face: SeenFace, start: ViewState):
        self._screen = face.screen
        pins = face.pins if face.pins is not None else PhotoLandmarks(np.zeros((0, 2)), np.zeros(0, int), DETECTED)
        places = landmark_places(head.key, pins.order)
        per_mm = start.focal / max(-start.head.translation[2], 1.0)
        self._sigma = placed_sigma(head, start)
        around = ~places.fixed[pins.numbers]
        self._mesh = OutlineMesh.of(head, with_ears=False) if around.any() else None
        if self._mesh is not None:
            *_, apart = self._nearest(start, Posed(head, start.head).vertices(), pins.points)
            around &= apart < _ON_OUTLINE * per_mm
        self._around, numbers, points = pins.points[around], pins.numbers[~around], pins.points[~around]
        landmarks = places.landmarks.subset(numbers)
        noise = LandmarkNoise(np.zeros((2 * len(numbers),) * 2), np.full(len(numbers), self._sigma**2))
        nothing, whole = np.zeros((len(numbers), 2)), np.ones(len(numbers))
        self._points = LandmarkTerm(face.screen, landmarks, points, nothing, noise, whole)
        apart = np.linalg.norm(self._points.places(start, Posed(head, start.head)) - points, axis=1) / per_mm
        if (apart > _FARTHEST).any():
            worst = int(np.argmax(apart))
            raise InputError(
                f"{face.name}: the pin of {_label(pins.order, int(numbers[worst]))} lies {apart[worst]:.0f} mm from where the "
                "head has it; see that it is this landmark, with left and right as the person has them."
            )

    def terms(self, view: ViewState, posed: Posed) -> list[Term]:
        terms: list[Term] = [self._points] if len(self._points.targets) else []
        if len(self._around):
            terms.append(self._outline(view, posed.vertices()))
        return terms

    def _outline(self, view: ViewState, vertices: np.ndarray) -> ContourTerm:
        """Each pin with the nearest point of the outline."""
        found, at, _ = self._nearest(view, vertices, self._around)
        weights = np.full(len(at), self._sigma**-2.0)
        return ContourTerm(self._screen, found.edges[at], found.shares[at], found.normals[at], self._around, weights)

    def _nearest(
        self, view: ViewState, vertices: np.ndarray, points: np.ndarray
    ) -> tuple[Outline, np.ndarray, np.ndarray]:
        """The outline, which of its points is nearest to each of (N, 2) pixels, and how far away, pixels."""
        found = outline(vertices, self._mesh.triangles, self._mesh.edges, self._screen, view.focal)
        apart, at = cKDTree(found.places).query(points)
        return found, at, apart


def any_pins(faces: tuple[SeenFace, ...]) -> bool:
    """Whether there is anything to follow."""
    return any(face.pins is not None and len(face.pins.numbers) for face in faces)


def pin_places(head: PosableHead, face: SeenFace, view: ViewState) -> np.ndarray:
    """(N, 3) where the head has what the pins are to move, those with a place on the skin, in the upright camera frame."""
    if face.pins is None:
        return np.zeros((0, 3))
    places = landmark_places(head.key, face.pins.order)
    numbers = face.pins.numbers[places.fixed[face.pins.numbers]]
    return landmark_points(Posed(head, view.head), places.landmarks.subset(numbers))
