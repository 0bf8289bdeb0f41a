"""Who is in a video, and through which lens: one identity and focal length of frames that differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...detection.ibug import ibug_weights
from ...topologies import Landmarks
from ..first_steps import BLENDSHAPES_OF_BONES
from ..photo.camera import focal_pixels
from ..photo.job import CALIBRATED, PhotoLandmarks
from ..photo.landmark_places import IRISES, LandmarkPlaces, landmark_places
from ..photo.landmark_stage import fit_landmarks, free_unknowns, start_state
from ..photo.landmark_term import landmark_points
from ..photo.prior import PhotoPrior, photo_prior
from ..photo.seen_face import SeenFace
from ..photo.state import ViewState, photo_layout
from ..photo.view import Screen
from ..plausible import GAZE
from ..posable import ROOT, HeadState, PosableHead, Posed

# The detector is off on a person in much the same way in every frame: so many frames tell as much as independent photos do.
_INDEPENDENT = 3.0
# How far the points of a person lie from the model's places for them, mm, before they are looked at; and how far a point is
# off in a frame besides.
_OFF, POINT_NOISE = 2.5, 2.0
# The detector's points on brows follow their hair, which grows higher or lower: where it does on this person is learned, and
# tells nothing of who it is.
_OFF_BROWS = 8.0
# The first of iBUG's 51 landmarks.
_BROWS = slice(0, 10)
_EVERY = 6
# Steps of the fit to all frames together.
_STEPS = 24
# So many frames say which lens to start from.
_SAY_THE_LENS = 3


@dataclass(frozen=True, eq=False)
class TrackedPerson:
    """What all frames share.

    head : the model. coefficients : (K,) with the person's identity, expressions at 0. log_focal : logarithm of pixels.
    screen : of the frames. off : (478, 3) mm in the rest pose, from the model's places for the detector's points to where
    they lie on this person.
    """

    head: PosableHead
    coefficients: np.ndarray
    log_focal: float
    screen: Screen
    off: np.ndarray

    @property
    def places(self) -> LandmarkPlaces:
        """The detector's points on the head's topology."""
        return landmark_places(self.head.key, CALIBRATED)

    def whole(self, state: HeadState) -> HeadState:
        """A state of the person's expressions as one of the model."""
        coefficients = self.coefficients.copy()
        coefficients[self.head.parts["expression"]] = state.coefficients
        return replace(state, coefficients=coefficients)


def find_person(
    head: PosableHead,
    points: list[np.ndarray],
    screen: Screen,
    focal_mm_35: float,
    strength: float,
    report: Callable[[float], None],
) -> TrackedPerson:
    """The likeliest identity and lens of frames.

    points : (478, 2) pixels in every frame. focal_mm_35 : the lens where it is told, else 0. strength : of the prior."""
    told = focal_pixels(focal_mm_35, screen.diagonal) if focal_mm_35 > 0.0 else None
    # No pixel is looked at here.
    blank = np.zeros((1, 1, 3), np.float32)
    places = landmark_places(head.key, CALIBRATED)
    numbers = _asked(places)
    faces = tuple(
        SeenFace("frame", blank, screen, PhotoLandmarks(one[numbers], numbers, CALIBRATED), told) for one in points
    )
    start = start_state(head, _of_one_lens(head, faces))
    prior = _of_many(photo_prior(head, strength), head, max(len(points) / _INDEPENDENT, 1.0))
    free = free_unknowns(head, len(points))
    free[:, head.parts["expression"]] &= ~unused_expressions(head)
    fitted = fit_landmarks(head, faces, start, prior, free, _STEPS, lambda share, _state: report(share), same_lens=True)
    coefficients = np.zeros(head.coefficient_count)
    coefficients[head.parts["identity"]] = fitted.state.identity
    off = off_places(head, fitted.state.views, screen, points, np.full(len(places.fixed), POINT_NOISE))
    return TrackedPerson(head, coefficients, fitted.state.views[0].log_focal, screen, off)


def looked_at(places: LandmarkPlaces) -> np.ndarray:
    """(N,) the detector's points that are looked at, rising: all on features, and of the others, whose errors are much
    the same as their neighbours', every so many-th."""
    feature = ibug_weights().any(axis=0)
    kept = places.fixed & feature
    kept[np.flatnonzero(places.fixed & ~feature)[::_EVERY]] = True
    kept[list(IRISES)] = places.fixed[list(IRISES)]
    return np.flatnonzero(kept)


def _asked(places: LandmarkPlaces) -> np.ndarray:
    """(N,) what says who the person is: the outline, too, which says where the head ends."""
    return np.setdiff1d(np.union1d(looked_at(places), places.oval), _of_brows())


def _of_brows() -> np.ndarray:
    """(N,) the detector's points on brows."""
    return np.flatnonzero(ibug_weights()[_BROWS].any(axis=0))


def unused_expressions(head: PosableHead) -> np.ndarray:
    """(E,) bool, expressions that do what a bone does: the bone alone does it here, so that no curve leaps; and lids that
    follow the gaze, which is what blinks do, too."""
    if not head.expression_names:
        return np.zeros(head.expression_count, bool)
    of_gaze = [name.startswith(GAZE) for name in head.expression_names]
    return np.isin(head.expression_names, BLENDSHAPES_OF_BONES) | of_gaze


def _of_one_lens(head: PosableHead, faces: tuple[SeenFace, ...]) -> tuple[SeenFace, ...]:
    """The faces with one focal length to start from, which some of them say."""
    some = faces[:: max(len(faces) // _SAY_THE_LENS, 1)]
    log_focal = np.median([view.log_focal for view in start_state(head, some).views])
    return tuple(replace(face, focal=float(np.exp(log_focal))) for face in faces)


def _of_many(prior: PhotoPrior, head: PosableHead, times: float) -> PhotoPrior:
    """The prior with an identity so many times as certain: what frames repeat is counted so often, too."""
    precision = prior.precision.copy()
    precision[photo_layout(head)["identity"]] *= times
    return replace(prior, precision=precision, growth=np.sqrt(times) * prior.growth)


def off_places(
    head: PosableHead, views: Sequence[ViewState], screen: Screen, points: Sequence[np.ndarray], noise
) -> np.ndarray:
    """(478, 3) mm, see `TrackedPerson.off`: of each point by itself, by least squares over frames with a prior.

    points : (478, 2) pixels in every frame, NaN where they are not seen. noise : (478,) mm, how far points are off in one
    frame besides."""
    places = landmark_places(head.key, CALIBRATED)
    count, numbers = len(places.landmarks), looked_at(places)
    landmarks = places.landmarks.subset(numbers)
    matrix, right = np.zeros((count, 3, 3)), np.zeros((count, 3))
    for view, seen in zip(views, points, strict=True):
        where = landmark_points(Posed(head, view.head), landmarks)
        # Points move with the head; what their own bones turn them by is little beside it.
        slopes = screen.slopes(where, view.focal) @ view.head.rotations[ROOT]
        off = seen[numbers] - screen.project(where, view.focal)
        there = np.isfinite(off).all(axis=1)
        weights = there / (noise[numbers] * view.focal / -where[:, 2]) ** 2
        matrix[numbers] += np.einsum("n,nij,nik->njk", weights, slopes, slopes)
        right[numbers] += np.einsum("n,nij,ni->nj", weights, slopes, np.where(there[:, None], off, 0.0))
    spread = np.full(count, _OFF)
    spread[_of_brows()] = _OFF_BROWS
    matrix += np.eye(3) / spread[:, None, None] ** 2
    return np.linalg.solve(matrix, right[..., None])[..., 0]


def on_points(person: TrackedPerson, numbers: np.ndarray) -> tuple[PosableHead, Landmarks]:
    """The person's head with nothing but the corners of some of the detector's points, moved to where these lie on the
    person, and the (N,) points as landmarks of it; only expressions remain to its coefficients."""
    places = person.places.landmarks
    corners = places.vertices[numbers].ravel()
    whole = person.head.of_one_person(person.coefficients)
    few = whole.restricted(corners)
    few = replace(few, template=few.template + np.repeat(person.off[numbers], 3, axis=0))
    names = tuple(places.names[number] for number in numbers)
    return few, Landmarks(np.arange(3 * len(numbers)).reshape(-1, 3), places.weights[numbers], names)
