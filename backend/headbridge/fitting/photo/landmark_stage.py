"""Identity, expression, pose and camera from landmarks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from ...detection.parsing.face_outline import face_outline
from ...errors import InputError
from ...mesh.adjacency import unique_edges
from ...mesh.normals import normalized, vertex_normals
from ...topologies import Landmarks, load_builtin, load_topology
from ..posable import ROOT, HeadState, PosableHead, Posed
from .camera import CameraPrior, Placement, place
from .contour_term import ContourTerm, contour_term, outline
from .dense_term import check_by_landmarks, dense_terms
from .ear_term import ear_term, seen_points
from .job import CALIBRATED, DETECTED, FittedLandmarks, PhotoLandmarks, StageLog
from .landmark_noise import landmark_noise
from .landmark_places import LandmarkPlaces, landmark_places, outer_eye_distance
from .landmark_term import LandmarkTerm
from .prior import PhotoPrior
from .problem import PhotoProblem, Term, minimise
from .seen_face import SeenFace
from .state import FOCAL, PhotoState, ViewState, photo_layout

_ROUNDS, _STEPS = 6, 8
_FEWEST_POINTS = 6
# Surface under a smaller cosine shows next to nothing; at the larger it is seen well.
_HIDDEN, _SEEN = 0.05, 0.35
# Which way the face looks at a point is that of the skin within this distance, mm.
_SURROUNDINGS = 15.0
# Standard deviation of the outline's points, share of the outer-eye distance; neighbours are off together.
_CONTOUR_SIGMA = 0.05
# What the curvature does not know of the logarithm of a distance that no lens tells: on 43 rendered MakeHuman heads at 400
# to 2000 mm estimates were off by 1.7 times the curvature's 0.27.
_DISTANCE_UNKNOWN = 0.37


@dataclass(frozen=True, eq=False)
class LandmarkFit:
    """state : the fitted state. terms : of every view, with the weights and correspondences of the end, for stages that
    go on with them. landmarks : of every view, as given and as the state has them. log : what the stage did.
    distance_sigmas : of every view, the standard deviation of the logarithm of the head's distance."""

    state: PhotoState
    terms: tuple[tuple[Term, ...], ...]
    log: StageLog
    distance_sigmas: tuple[float, ...]
    _views: tuple[_View, ...]

    @property
    def landmarks(self) -> tuple[FittedLandmarks, ...]:
        return self.at(self.state)

    def at(self, state: PhotoState) -> tuple[FittedLandmarks, ...]:
        """The landmarks as another state has them."""
        return tuple(view.fitted(own) for view, own in zip(self._views, state.views, strict=True))


def start_state(head: PosableHead, faces: tuple[SeenFace, ...]) -> PhotoState:
    """The mean head where its landmarks say that it is, in every photo; `InputError` for too few of them."""
    return PhotoState(np.zeros(head.identity_count), tuple(_start(head, face) for face in faces))


def free_unknowns(head: PosableHead, views: int, keep_identity: bool = False) -> np.ndarray:
    """(views, P) bool, what a fit may move: all but the neck and what else only the body would show."""
    layout = photo_layout(head)
    free = np.ones((views, layout[FOCAL].stop), bool)
    for name in head.joint_names[1:]:
        if name not in ("jaw", "left_eye", "right_eye"):
            free[:, layout[name]] = False
    if keep_identity:
        free[:, layout["identity"]] = False
    return free


def fit_landmarks(
    head: PosableHead,
    faces: tuple[SeenFace, ...],
    state: PhotoState,
    prior: PhotoPrior,
    free: np.ndarray,
    iterations: int,
    report: Callable[[float, PhotoState], None],
    same_lens: bool = False,
) -> LandmarkFit:
    """The likeliest state near `state`: landmarks with their noise, the outline, the prior.

    In rounds: which points are seen, how far each is believed and which place of the outline it marks follow from the
    state of the round before. iterations : most steps of all, 0 as many as it takes. report : the share done and the
    state, before every step. same_lens : whether all photos have one focal length, as the frames of a video."""
    started, steps = time.perf_counter(), 0
    views = tuple(_View(head, face, view) for face, view in zip(faces, state.views, strict=True))
    before = None
    for number in range(_ROUNDS):
        terms = tuple(view.terms(own, with_outline=number > 0) for view, own in zip(views, state.views, strict=True))
        problem = PhotoProblem(head, terms, prior, free, same_lens)
        limit = min(_STEPS, iterations - steps) if iterations else _STEPS
        found = minimise(problem, state, limit, 0.05, lambda step: report((number + step / _STEPS) / _ROUNDS, state))
        before = found.cost_before if before is None else before
        state, steps = found.state, steps + found.steps
        if iterations and steps >= iterations:
            break
    log = StageLog("landmarks", before, found.cost, steps, time.perf_counter() - started)
    return LandmarkFit(state, terms, log, _distance_sigmas(problem, state, faces), views)


def known_landmarks(
    head: PosableHead, faces: tuple[SeenFace, ...], state: PhotoState, prior: PhotoPrior, free: np.ndarray
) -> LandmarkFit:
    """The landmarks, the outline and how far they are believed, at a state that was fitted before."""
    started = time.perf_counter()
    views = tuple(_View(head, face, view) for face, view in zip(faces, state.views, strict=True))
    for _ in range(2):
        # The first time every point counts in full, the second as far as it agrees.
        terms = tuple(view.terms(own, with_outline=True) for view, own in zip(views, state.views, strict=True))
    problem = PhotoProblem(head, terms, prior, free)
    cost = problem.cost(state)
    log = StageLog("landmarks", cost, cost, 0, time.perf_counter() - started)
    return LandmarkFit(state, terms, log, _distance_sigmas(problem, state, faces), views)


def _distance_sigmas(problem: PhotoProblem, state: PhotoState, faces: tuple[SeenFace, ...]) -> tuple[float, ...]:
    """Of every view, by the curvature of the loss at its least (Laplace's approximation), and where no lens is told by how
    far that was off."""
    matrix, _ = problem.normal_equations(state)
    moving, layout = np.flatnonzero(problem.moving), photo_layout(problem.head)
    slopes = np.zeros((len(matrix), len(state.views)))
    for number, view in enumerate(state.views):
        slopes[problem.places(number)[layout["translation"]][2], number] = 1.0 / view.head.translation[2]
    slopes = slopes[moving]
    # Some unknowns move nothing that is seen, so that there may be no inverse.
    solved, *_ = np.linalg.lstsq(matrix[np.ix_(moving, moving)], slopes)
    variances = np.maximum(np.einsum("uv,uv->v", slopes, solved), 0.0)
    if not problem.same_lens:
        variances += [_distance_unknown(face) ** 2 for face in faces]
    return tuple(np.sqrt(variances).tolist())


def _distance_unknown(face: SeenFace) -> float:
    """What the curvature does not know of the logarithm of the distance."""
    if face.focal is not None:
        return 0.0
    return _DISTANCE_UNKNOWN if face.distance is None else face.distance[1]


def _start(head: PosableHead, face: SeenFace) -> ViewState:
    marks = face.followed
    places = landmark_places(head.key, marks.order)
    used = places.fixed[marks.numbers]
    numbers = marks.numbers[used]
    if len(numbers) < _FEWEST_POINTS:
        raise InputError(
            f"{face.name}: {len(numbers)} of the landmarks lie on a certain place of the face; give at least "
            f"{_FEWEST_POINTS} beside the jaw contour, better 51."
        )
    rest = places.landmarks.subset(numbers).evaluate(head.template)
    found = place(rest, marks.points[used], face.screen, face.focal, places.spread[numbers] ** -2.0)
    return ViewState(_placed(head, found), float(np.log(found.focal)))


def _placed(head: PosableHead, found: Placement) -> HeadState:
    state = head.neutral()
    rotations = state.rotations.copy()
    # Root turns leave the root joint where it is.
    rotations[ROOT] = found.rotation
    pivot = head.joints[ROOT]
    return HeadState(state.coefficients, rotations, found.apply(pivot[None])[0] - pivot, 0.0)


class _View:
    """The landmarks of one photo as terms that follow the state."""

    def __init__(self, head: PosableHead, face: SeenFace, start: ViewState):
        self._head, self._face = head, face
        marks = face.followed
        places = landmark_places(head.key, marks.order)
        points, numbers = marks.points, marks.numbers
        self._used = np.flatnonzero(places.fixed[numbers])
        chosen = numbers[self._used]
        landmarks = places.landmarks.subset(chosen)
        per_mm = start.focal / max(-start.head.translation[2], 1.0)
        exact = marks.exact
        bias, noise = landmark_noise(
            head, places, marks.order, chosen, None if exact is None else exact[self._used], start
        )
        # Nothing is weighed before the first state is known.
        self._term = LandmarkTerm(face.screen, landmarks, points[self._used], bias, noise, np.zeros(len(self._used)))
        self._contour_sigma = _CONTOUR_SIGMA * outer_eye_distance(head.key) * per_mm
        if face.parse is None:
            self._oval, self._mesh = _oval_points(places, marks), OutlineMesh.of(head, with_ears=False)
        else:
            # The detector draws the face's outline where its mean camera sees it, the parser where it is.
            self._oval = face_outline(face.parse, face.landmarks.points)
            self._mesh = OutlineMesh.of(head, with_ears=True)
        self._around = _surroundings(head, landmarks)
        self._ears = None if face.ears is None else ear_term(head, face.ears, face.screen, start)
        posed = Posed(head, start.head)
        self._lens = _lens(head, face, start, posed)
        self._dense = dense_terms(face.dense, face.screen, head, self._mesh.triangles)
        check_by_landmarks(face.dense, landmarks, points[self._used], head.template)
        # Later the head follows the images, whatever they show.
        for term in self._dense:
            term.followed(start, posed).check(start, posed)

    def terms(self, view: ViewState, with_outline: bool) -> tuple[Term, ...]:
        posed = Posed(self._head, view.head)
        vertices = posed.vertices()
        self._term = self._term.reweighted(view, posed, self._visible(vertices))
        lens = self._lens
        self._dense = tuple(term.followed(view, posed) for term in self._dense)
        terms = self._term, lens, *self._ear_terms(view, posed), *self._dense
        return (*terms, self._outline(view, vertices)) if with_outline else terms

    def _ear_terms(self, view: ViewState, posed: Posed) -> tuple[LandmarkTerm, ...]:
        if self._ears is None:
            return ()
        self._ears = self._ears.reweighted(view, posed, self._face.ears.chance[seen_points(self._face.ears)])
        return (self._ears,)

    def fitted(self, view: ViewState) -> FittedLandmarks:
        """All given points that have a place, as the head has them."""
        places = self._term.places(view, Posed(self._head, view.head))
        given = self._face.followed
        return FittedLandmarks(
            given.order,
            given.numbers[self._used],
            given.points[self._used],
            places,
            np.clip(self._term.weights, 0.0, 1.0),
        )

    def _visible(self, vertices: np.ndarray) -> np.ndarray:
        """(N,) 0..1 by the cosine between the surface's normal, smoothed, and the way to the camera; what was measured
        of the detector's noise holds for hidden points, too."""
        if self._face.landmarks.order in (DETECTED, CALIBRATED):
            return np.ones(len(self._used))
        normals = normalized(self._around @ vertex_normals(vertices, self._mesh.triangles))
        towards = normalized(-self._term.landmarks.evaluate(vertices))
        cosine = np.einsum("nd,nd->n", normals, towards)
        return np.clip((cosine - _HIDDEN) / (_SEEN - _HIDDEN), 0.0, 1.0)

    def _outline(self, view: ViewState, vertices: np.ndarray) -> ContourTerm:
        targets, normals = self._oval
        found = outline(vertices, self._mesh.triangles, self._mesh.edges, self._face.screen, view.focal)
        return contour_term(found, self._face.screen, targets, normals, np.full(len(targets), self._contour_sigma))


def _lens(head: PosableHead, face: SeenFace, start: ViewState, posed: Posed) -> CameraPrior:
    if face.focal is not None:
        return CameraPrior(float(np.log(face.focal)))
    if face.distance is None:
        return CameraPrior()
    # The head's origin lies behind its landmarks.
    landmarks = load_topology(head.key).landmarks_51.evaluate(posed.vertices())
    behind = float(landmarks[:, 2].mean() - start.head.translation[2])
    return CameraPrior(log_distance=float(np.log(np.exp(face.distance[0]) + behind)))


@dataclass(frozen=True, eq=False)
class OutlineMesh:
    """The head's triangles, and those edges of its skin on which outlines are looked for."""

    triangles: np.ndarray
    edges: np.ndarray

    @classmethod
    def of(cls, head: PosableHead, with_ears: bool) -> OutlineMesh:
        topology, mesh = load_topology(head.key), load_builtin(head.key)
        skin = topology.skin & ~topology.no_match
        # Ears and hair hide what the outline of the face is.
        for region in ("scalp",) if with_ears else ("left_ear", "right_ear", "scalp"):
            skin &= ~topology.regions[region]
        edges = unique_edges(mesh)
        return cls(mesh.triangles, edges[skin[edges].all(axis=1)])


def _surroundings(head: PosableHead, landmarks: Landmarks) -> sp.csr_matrix:
    """(N, V) sums over the skin around each landmark: lips and lids curl, but are seen where the face is."""
    skin = np.flatnonzero(load_topology(head.key).skin)
    tree = cKDTree(head.template[skin])
    near = tree.query_ball_point(landmarks.evaluate(head.template), _SURROUNDINGS)
    ends = np.cumsum([len(one) for one in near])
    columns = skin[np.concatenate(near).astype(np.int64)]
    return sp.csr_matrix((np.ones(len(columns)), columns, np.r_[0, ends]), shape=(len(landmarks), len(head.template)))


def _oval_points(places: LandmarkPlaces, landmarks: PhotoLandmarks) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks on the face's outline that have no place on the skin: (N, 2) pixels and (N, 2) normals outwards."""
    given = np.full(len(places.landmarks), -1)
    given[landmarks.numbers] = np.arange(len(landmarks.numbers))
    around = places.oval[given[places.oval] >= 0]
    if len(around) < 3:
        return np.zeros((0, 2)), np.zeros((0, 2))
    points = landmarks.points[given[around]]
    along = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    if not places.closed:
        along[0], along[-1] = points[1] - points[0], points[-1] - points[-2]
    normals = normalized(np.stack([along[:, 1], -along[:, 0]], axis=1))
    outwards = np.einsum("nd,nd->n", normals, points - points.mean(axis=0)).sum()
    normals *= 1.0 if outwards > 0.0 else -1.0
    loose = ~places.fixed[around]
    return points[loose], normals[loose]
