"""Finding the face of a mesh whose orientation and unit nobody knows.

Candidates are taken from many views even where they resemble the mean face little: children, caricatures and laughter do
not. What makes a candidate a face is that other views of it, from straight before it, show the same points at the same
places of the surface: things that are no face give another answer in every view.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.normals import normalized
from ...mesh.similarity import Similarity, fit_similarity_robust
from ...progress import Progress
from ..detector import FaceDetector
from .camera import Camera
from .detections import HALF_HEIGHT, Detection, look, sight_each, vote
from .scene import Scene

# Pixels of the views that look for candidates in a whole mesh and in a part of it, and of those that verify them.
_SIZE, _PART_SIZE, _VERIFY_SIZE = 256, 192, 288
# A point lies like the mean face's when it is this near to it, in shares of the face's size; a candidate has this share.
_NEAR, _LEAST_SHARE = 0.12, 0.1
_FEWEST_POINTS = 150
# Candidates nearer than this to each other (shares of the face's size; degrees) are one.
_SAME_PLACE, _SAME_TURN = 0.3, 25.0
_MOST_CANDIDATES = 6
# A view of two heads shows both: the second is a candidate as well, or nobody would know of it.
_FACES_OF_VIEW = 3
# Yaw and pitch of the views that verify; detections agree within this share of the face's size; views that must see a point.
_VIEWS = ((0, 0), (25, 0), (-25, 0), (0, 15), (0, -15))
_AGREEING, _FEWEST_VIEWS, _FEWEST_SHARED = 0.1, 3, 60
_VERIFY_ROUNDS = 3
# Views that see it / all views, times the share of detections that agree: a face from `_ACCEPTED`, without doubt from `_SURE`.
_ACCEPTED, _FAIRLY_SURE, _SURE = 0.5, 0.6, 0.75
_ALIKE = 0.6
# A second face is fairly sure and at least so like one; torsos and ears have come to 0.3, open mouths to 0.5.
_SECOND_ALIKE = 0.4
# Occlusion's radius as a share of the radius of what is looked at.
_OCCLUSION = 0.11
# Extremities of a body that are looked at, and the shares of its radius that a head there may take.
_EXTREMITIES, _HEAD_SHARES = 5, (0.3, 0.17)


class SeveralFaces(InputError):
    """Two parts of a mesh show a face each: which one is meant, nobody can guess."""


@dataclass(frozen=True, eq=False)
class FoundFace:
    """A face. pose : from the template's millimetres to the mesh's frame and units. agreement : 0..1, how well the views
    agree. likeness : 0..1, the share of its points that lie as the mean face's do."""

    pose: Similarity
    agreement: float
    likeness: float

    @property
    def sure(self) -> bool:
        """Whether it is not worth looking on for a better one: what is no face agrees less, or looks less like one."""
        return self.agreement >= _SURE or (self.agreement >= _FAIRLY_SURE and self.likeness >= _ALIKE)


def find_face(
    mesh: Mesh,
    template: np.ndarray,
    usable: np.ndarray,
    detector: FaceDetector,
    progress: Progress,
    textured: Scene | None = None,
    quick: bool = False,
) -> FoundFace:
    """The face of a mesh whose faces look outward, in any orientation and unit, alone or on a body.

    template : (478, 3) mm, the detector's points on the mean head; usable : (478,) bool, which of them have a place.
    textured : the mesh with its own colours, looked at instead of clay. quick : only as if it stood upright, and a face must
    be sure.
    Raises `InputError` when no view shows a face, and `SeveralFaces` when two parts of the mesh show one each."""
    search = _Search(template, usable, detector)
    used = mesh.vertices[np.unique(mesh.corners)]
    centre = 0.5 * (used.min(axis=0) + used.max(axis=0))
    radius = float(np.linalg.norm(used - centre, axis=1).max())
    whole = textured or Scene.as_clay(mesh, _OCCLUSION * radius)
    kinds = (_upright_views, _all_views)
    searches = ((False, kinds[:1]),) if quick else ((False, kinds), (True, kinds))
    for level, (of_parts, kinds) in enumerate(searches):
        # The whole mesh first, and its extremities only where that shows no face.
        places, size = _heads_of_body(mesh, centre, radius) if of_parts else ([(centre, radius)], _SIZE)
        faces: list[FoundFace] = []
        for number, views in enumerate(kinds):
            part = progress.part(0.5 * level + 0.25 * number, 0.5 * level + 0.25 * (number + 1))
            faces += search.verified(whole, search.candidates(whole, places, views, size, part))
            if any(face.sure or of_parts for face in faces):
                break
        if quick:
            faces = [face for face in faces if face.sure]
        if faces:
            return search.only(sorted(faces, key=lambda face: -face.agreement), mesh.name)
    raise InputError(
        f"No face was found on '{mesh.name}' from any side; crop it to the head, see that the face is whole and looks outward "
        "(in Blender: Edit Mode, Mesh > Normals > Recalculate Outside), or give at least three landmark pairs."
    )


def judge(detection: Detection, template: np.ndarray, usable: np.ndarray) -> tuple[Similarity, float] | None:
    """The pose of a sighted face and the share of its points that lie like the mean face's; None when too little of it was
    seen or its points lie on no plane."""
    seen = usable & (detection.weights > 0.0)
    if seen.sum() < _FEWEST_POINTS:
        return None
    try:
        pose = fit_similarity_robust(template[seen], detection.points[seen])
    except InputError:
        return None
    size = pose.scale * face_size(template[usable])
    if not size > 0.0:
        return None
    apart = np.linalg.norm(pose.apply(template[seen]) - detection.points[seen], axis=1)
    return pose, float(np.mean(apart < _NEAR * size) * seen.sum() / usable.sum())


def face_size(points: np.ndarray) -> float:
    """Root mean square distance of (N, 3) points from their middle."""
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


def agreement(detections: list[Detection], usable: np.ndarray, size: float) -> float:
    """0..1, the share of detections that lie within a tenth of the face's `size` of their point's median over the views, of
    points that at least three views see."""
    points = np.stack([detection.points for detection in detections], axis=1)[usable]
    seen = np.stack([detection.weights for detection in detections], axis=1)[usable] > 0.0
    shared = seen.sum(axis=1) >= _FEWEST_VIEWS
    if shared.sum() < _FEWEST_SHARED:
        return 0.0
    points, seen = np.where(seen[..., None], points, np.nan)[shared], seen[shared]
    apart = np.linalg.norm(points - np.nanmedian(points, axis=1)[:, None], axis=2)
    return float((apart[seen] < _AGREEING * size).mean())


class _Search:
    def __init__(self, template: np.ndarray, usable: np.ndarray, detector: FaceDetector):
        self._template, self._usable, self._detector = template, usable, detector
        self._middle = template[usable].mean(axis=0)
        self.size = face_size(template[usable])

    def candidates(self, scene: Scene, places, views, size: int, progress: Progress) -> list[tuple[Similarity, float]]:
        """Poses that a view of one of the (centre, radius) places suggests, the likeliest first."""
        found = []
        cameras = [(Camera(axes, *place, size), turns) for place in places for axes, turns in views()]
        looks = [(camera, turn) for camera, turns in cameras for turn in turns]
        for detection in sight_each(scene, looks, self._detector, progress, "Looking for the face", _FACES_OF_VIEW):
            judged = judge(detection, self._template, self._usable)
            if judged is not None and judged[1] > _LEAST_SHARE:
                found.append(judged)
        return sorted(found, key=lambda candidate: -candidate[1])

    def verified(self, scene: Scene, candidates: list[tuple[Similarity, float]]) -> list[FoundFace]:
        """The faces among the candidates, the surest first."""
        tried: list[Similarity] = []
        faces: list[FoundFace] = []
        for pose, share in candidates:
            # A head upside down looks a little like another face at the same place: only a sure one ends the search there.
            if any(self._same(pose, other) for other in tried):
                continue
            if any(face.sure and self._overlap(pose, face.pose) for face in faces):
                continue
            tried.append(pose)
            if len(tried) > _MOST_CANDIDATES:
                break
            face = self._verify(scene, pose, share)
            if face is not None and face.agreement >= _ACCEPTED:
                faces.append(face)
        return sorted(faces, key=lambda face: -face.agreement)

    def only(self, faces: list[FoundFace], name: str) -> FoundFace:
        """The surest face, the first; `SeveralFaces` when another one of its size, elsewhere, is fairly sure."""
        first = faces[0]
        for other in faces[1:]:
            elsewhere = not self._overlap(other.pose, first.pose)
            alike = other.agreement >= _FAIRLY_SURE and other.likeness >= _SECOND_ALIKE
            if elsewhere and alike and 0.5 < other.pose.scale / first.pose.scale < 2.0:
                raise SeveralFaces(
                    f"'{name}' shows more than one face; keep one head in the mesh, or put the others into a 'do not match' "
                    "group."
                )
        return first

    def _verify(self, scene: Scene, pose: Similarity, share: float) -> FoundFace | None:
        best: FoundFace | None = None
        for _ in range(_VERIFY_ROUNDS):
            detections = look(scene, pose, self._middle, _VIEWS, self._detector, _VERIFY_SIZE)
            if len(detections) < 2:
                break
            size = pose.scale * self.size
            voted = vote(detections, pose.scale * HALF_HEIGHT / 2.0)
            chosen = voted.found & self._usable
            if chosen.sum() < _FEWEST_POINTS // 2:
                break
            score = agreement(detections, self._usable, size) * len(detections) / len(_VIEWS)
            try:
                pose = fit_similarity_robust(self._template[chosen], voted.points[chosen])
            except InputError:
                break
            if best is None or score > best.agreement:
                best = FoundFace(pose, score, share)
            if score >= _SURE:
                break
        return best

    def _same(self, one: Similarity, other: Similarity) -> bool:
        turn = np.degrees(np.arccos(np.clip((np.trace(one.rotation.T @ other.rotation) - 1.0) / 2.0, -1.0, 1.0)))
        return self._apart(one, other) < _SAME_PLACE * other.scale * self.size and turn < _SAME_TURN

    def _overlap(self, one: Similarity, face: Similarity) -> bool:
        return self._apart(one, face) < 2.0 * face.scale * self.size

    def _apart(self, one: Similarity, other: Similarity) -> float:
        middle = self._middle[None]
        return float(np.linalg.norm(one.apply(middle)[0] - other.apply(middle)[0]))


def _upright_views() -> Iterator[tuple[np.ndarray, tuple[int, ...]]]:
    """Axes of cameras around an upright mesh, with Y up and with Z up, in one turn each."""
    for up in ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)):
        up = np.array(up)
        ahead = np.array([1.0, 0.0, 0.0])
        side = np.cross(ahead, up)
        for step in range(8):
            angle = step * np.pi / 4.0
            back = np.cos(angle) * side + np.sin(angle) * ahead
            yield np.stack([np.cross(up, back), up, back]), (0,)


def _all_views() -> Iterator[tuple[np.ndarray, tuple[int, ...]]]:
    """Axes of cameras in 26 directions, in four turns each."""
    for direction in itertools.product((-1.0, 0.0, 1.0), repeat=3):
        if any(direction):
            back = np.array(direction) / np.linalg.norm(direction)
            right = normalized(np.cross(np.eye(3)[np.argmin(np.abs(back))], back)[None])[0]
            yield np.stack([right, np.cross(back, right), back]), (0, 1, 2, 3)


def _heads_of_body(mesh: Mesh, centre: np.ndarray, radius: float) -> tuple[list[tuple[np.ndarray, float]], int]:
    """Balls (centre, radius) in which a body's head may be, and the pixels of their views."""
    ends = _extremities(mesh, _EXTREMITIES)
    places = [(centre + (1.0 - share) * (end - centre), share * radius) for end in ends for share in _HEAD_SHARES]
    return places, _PART_SIZE


def _extremities(mesh: Mesh, count: int) -> np.ndarray:
    """(count, 3) vertices that are farthest apart over the surface: the head, hands and feet of a body."""
    vertices, triangles = mesh.vertices, mesh.triangles
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    lengths = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1) + 1e-12
    graph = sp.csr_matrix((lengths, (edges[:, 0], edges[:, 1])), shape=(len(vertices),) * 2)
    graph = graph.maximum(graph.T)
    used = np.unique(triangles)
    middle = used[np.argmin(np.linalg.norm(vertices[used] - vertices[used].mean(axis=0), axis=1))]
    distance = dijkstra(graph, indices=middle)
    chosen = []
    for _ in range(count):
        chosen.append(int(np.argmax(np.where(np.isfinite(distance), distance, -1.0))))
        distance = np.minimum(distance, dijkstra(graph, indices=chosen[-1]))
    return vertices[chosen]
