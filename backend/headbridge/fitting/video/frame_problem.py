"""One frame of a video as a least-squares problem: expression, jaw, eyes and place of a person who is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...topologies import Landmarks
from ..gauss_newton import step_layout
from ..photo.job import CALIBRATED
from ..photo.landmark_noise import LandmarkNoise, landmark_noise
from ..photo.landmark_places import LandmarkPlaces
from ..photo.landmark_term import LandmarkTerm
from ..photo.prior import PhotoPrior
from ..photo.state import ViewState
from ..photo.view import Screen
from ..posable import HeadState, PosableHead, Posed
from .lids import UPPER_LIDS, LidGaps
from .person import TrackedPerson, looked_at, on_points, unused_expressions
from .watching import SeenPoints

# Both eyes look at one place; what they differ by, radians.
_APART = 0.03
_EYES = ("left_eye", "right_eye")
# By an iris the points of the lids above and below it and at the eye's corners, by the detector's numbers.
_LIDS = {468: (159, 145, 33, 133), 473: (386, 374, 263, 362)}
# Lids less open than this, as a share of the eye's width, hide an iris; at the second it is seen well.
_SHUT, _OPEN = 0.10, 0.22
# Where the pictures say how far lids are open, that is off by this share of the gap, and an iris shows between these.
_LIDS_READ, _IRIS_SHOWS = 0.06, (0.3, 0.7)
# The points' own errors about their places on the person, as a share of what they are about the model's.
_KNOWN = 0.5
# Of a point that the pictures themselves follow (`aligning`): a coordinate's own error, mm, and the share of what points
# are off together.
_ALIGNED, _ALIGNED_SHARE = 0.6, 0.05
# Of the others, what a point is off by alone, mm, beside what was measured on still pictures: from frame to frame they
# flicker one by one, and what neighbours differ by must not be believed more than all of them together.
_FLICKERING = 0.7


@dataclass(frozen=True, eq=False)
class FrameModel:
    """What the problems of all frames share.

    head : nothing but the corners of the points. numbers : (N,) the detector's points that are looked at; landmarks : on
    the head; places : of all 478 on it. precision, slope, limits : of the prior, by entry of a step and by expression, as
    `PhotoPrior` has them. free : (F,) bool, what may move of a step (`HeadState.moved`). aligned : (N,) bool, points that
    the pictures themselves follow from frame to frame. gaps : between the lids.
    """

    head: PosableHead
    screen: Screen
    log_focal: float
    numbers: np.ndarray
    landmarks: Landmarks
    places: LandmarkPlaces
    precision: np.ndarray
    slope: np.ndarray
    limits: np.ndarray
    free: np.ndarray
    aligned: np.ndarray
    gaps: LidGaps

    @classmethod
    def of(cls, person: TrackedPerson, prior: PhotoPrior, aligned: np.ndarray | None = None) -> FrameModel:
        """prior : of the whole head. aligned : (478,) bool, None for no point."""
        numbers = looked_at(person.places)
        kept = np.zeros(len(person.places.fixed), bool)
        kept[numbers] = True
        head, landmarks = on_points(person, numbers)
        vertices, weights = np.zeros((len(kept), 3), int), np.tile([1.0, 0.0, 0.0], (len(kept), 1))
        vertices[numbers], weights[numbers] = landmarks.vertices, landmarks.weights
        places = replace(
            person.places, landmarks=Landmarks(vertices, weights, person.places.landmarks.names), fixed=kept
        )
        whole, own = step_layout(person.head), step_layout(head)
        # Of the whole head's step what is no identity.
        expressions = np.arange(whole["expression"].start, whole["expression"].stop)
        entries = np.r_[expressions, whole["root"].start : whole["scale"].stop]
        free = np.zeros(own["scale"].stop, bool)
        free[own["expression"]] = ~unused_expressions(person.head)
        for name in ("root", "jaw", *_EYES, "translation"):
            free[own[name]] = True
        if not person.places.fixed[list(_LIDS)].all():
            for name in _EYES:
                free[own[name]] = False
        return cls(
            head,
            person.screen,
            person.log_focal,
            numbers,
            landmarks,
            places,
            prior.precision[entries],
            prior.slope[expressions],
            prior.limits[:, expressions],
            free,
            np.zeros(len(numbers), bool) if aligned is None else aligned[numbers],
            LidGaps.of(person),
        )

    def view(self, state: HeadState) -> ViewState:
        return ViewState(state, self.log_focal)

    @property
    def sees_eyes(self) -> bool:
        """Whether the head has eyes whose irises are looked at."""
        return bool(self.free[step_layout(self.head)[_EYES[0]]].all())

    @cached_property
    def eyes_apart(self) -> np.ndarray:
        """(2, P) rows by which the eyes' turns about x and y differ."""
        rows, layout = np.zeros((2, len(self.free))), step_layout(self.head)
        if self.sees_eyes:
            for sign, name in zip((1.0, -1.0), _EYES):
                start = layout[name].start
                rows[[0, 1], [start, start + 1]] = sign / _APART
        return rows


@dataclass(frozen=True, eq=False)
class FrameProblem:
    """The likeliest state of one frame, with what `LevenbergMarquardt` and `sequence.smoothing` ask a `HeadProblem`, whose
    noise is 1 here.

    openness : (2,) of `SeenPoints`. trust : scales the prior's precision; see `motion`.
    """

    model: FrameModel
    term: LandmarkTerm
    openness: np.ndarray
    trust: float = 1.0

    @classmethod
    def of(cls, model: FrameModel, face: SeenPoints, state: HeadState, trust: float = 1.0) -> FrameProblem:
        """face : as the frame shows it. state : near the frame's, which says how the points' errors are."""
        view, numbers = model.view(state), model.numbers
        bias, noise = landmark_noise(model.head, model.places, CALIBRATED, numbers, None, view)
        share = np.repeat(np.where(model.aligned, _ALIGNED_SHARE, _KNOWN), 2)
        per_mm = view.focal / max(-state.translation[2], 1.0)
        noise = LandmarkNoise(
            noise.correlated * np.outer(share, share),
            np.where(
                model.aligned, (_ALIGNED * per_mm) ** 2, _KNOWN**2 * noise.independent + (_FLICKERING * per_mm) ** 2
            ),
        )
        targets = face.points[numbers]
        seen = np.isfinite(targets).all(axis=1).astype(float)
        for (iris, lids), upper, open_ in zip(_LIDS.items(), UPPER_LIDS, face.openness, strict=True):
            if np.isfinite(open_):
                # The detector's lids say less, and would be believed as well.
                seen[np.isin(numbers, upper)] = 0.0
                seen[numbers == iris] *= np.interp(open_, _IRIS_SHOWS, (0.0, 1.0))
            else:
                seen[numbers == iris] *= _openness(face.points, *lids)
        term = LandmarkTerm(model.screen, model.landmarks, np.nan_to_num(targets), bias, noise, seen)
        believed = term.reweighted(view, Posed(model.head, state), seen)
        # Eyes leap: irises far from where they were are no mistake.
        weights = np.where(np.isin(numbers, list(_LIDS)), seen, believed.weights)
        return cls(model, replace(term, weights=weights), face.openness, trust)

    @property
    def head(self) -> PosableHead:
        return self.model.head

    @property
    def free(self) -> np.ndarray:
        return self.model.free

    @property
    def weights(self) -> np.ndarray:
        """(2N,) one for every coordinate."""
        return np.ones(2 * len(self.model.numbers))

    @property
    def precision(self) -> np.ndarray:
        return self.trust * self.model.precision

    def within(self, state: HeadState) -> HeadState:
        return replace(state, coefficients=np.clip(state.coefficients, *self.model.limits))

    def room(self, state: HeadState) -> np.ndarray:
        room = np.full((2, len(self.free)), np.inf) * [[-1.0], [1.0]]
        room[:, : self.model.limits.shape[1]] = self.model.limits - state.coefficients
        return room

    def data_cost(self, state: HeadState) -> float:
        """-2 log likelihood of the points and the lids up to a constant, and what the eyes differ by."""
        rows, wanted = self._of_eyes
        apart = rows @ self._pull(state) - wanted
        return self.term.cost(self.model.view(state), Posed(self.head, state)) + float(apart @ apart)

    def prior_cost(self, state: HeadState) -> float:
        pull = self._pull(state)
        slope = 2.0 * self.trust * float(self.model.slope @ state.coefficients)
        return float(self.precision @ pull**2) + slope

    def prior_gradient(self, state: HeadState) -> np.ndarray:
        """(P,) half of the derivatives of `prior_cost` by a step."""
        gradient = self.precision * self._pull(state)
        gradient[: len(self.model.slope)] += self.trust * self.model.slope
        return gradient

    def normal_equations(self, state: HeadState) -> tuple[np.ndarray, np.ndarray]:
        """J^T C^-1 J (F, F) and J^T C^-1 r (F,) over the free unknowns."""
        matrix, right, _ = self.term.normal_equations(self.model.view(state), Posed(self.head, state))
        rows, wanted = self._of_eyes
        matrix = matrix + rows.T @ rows
        right, free = right - rows.T @ (rows @ self._pull(state) - wanted), self.free
        return matrix[np.ix_(free, free)], right[free]

    @cached_property
    def _of_eyes(self) -> tuple[np.ndarray, np.ndarray]:
        """(R, P) rows and (R,) what they should make of `_pull`: eyes look at one place, and lids are as open as read."""
        gaps, read = self.model.gaps, np.isfinite(self.openness)
        sigma = _LIDS_READ * gaps.open
        rows = np.zeros((2, len(self.free)))
        rows[:, : gaps.slopes.shape[1]] = gaps.slopes / sigma[:, None]
        wanted = (self.openness - 1.0) * (gaps.open - gaps.shut) / sigma
        apart = self.model.eyes_apart
        return np.concatenate([apart, rows[read]]), np.concatenate([np.zeros(len(apart)), wanted[read]])

    def _pull(self, state: HeadState) -> np.ndarray:
        """(P,) how far the state is from the prior's middle."""
        return np.concatenate([state.coefficients, state.axis_angles.reshape(-1), np.zeros(4)])


def _openness(points: np.ndarray, above: int, below: int, outer: int, inner: int) -> float:
    """0..1, how much of an iris the lids let see."""
    gap = np.linalg.norm(points[above] - points[below])
    width = max(float(np.linalg.norm(points[outer] - points[inner])), 1e-9)
    return float(np.clip((gap / width - _SHUT) / (_OPEN - _SHUT), 0.0, 1.0))
