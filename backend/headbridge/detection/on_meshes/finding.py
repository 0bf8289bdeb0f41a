"""Finding the face of a scan whose orientation nobody knows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...mesh.normals import normalized
from ...mesh.similarity import Similarity, fit_similarity_robust
from ...progress import Progress
from ..detector import FaceDetector
from .camera import Camera
from .scene import Scene
from .sightings import Sighting, sight_in

_SIZE = 288
# A face is one when this share of its points lies this near to the mean face's, in shares of the face's size.
_NEAR, _LEAST_SHARE = 0.12, 0.6
_FEWEST_POINTS = 150


@dataclass(frozen=True, eq=False)
class FoundFace:
    """A face: pose, from the template's millimetres to the scene's frame and units; share, of its points that lie as a
    face's do."""

    pose: Similarity
    share: float


def find_face(
    scene: Scene, template: np.ndarray, usable: np.ndarray, detector: FaceDetector, progress: Progress
) -> FoundFace:
    """The face in the best of 26 views around the scene, each in four turns.

    template : (478, 3) mm, the detector's points on the mean head; usable : (478,) bool, which of them have a place.
    Raises `InputError` when no view shows a face."""
    used = scene.mesh.vertices[scene.mesh.corners]
    centre = 0.5 * (used.min(axis=0) + used.max(axis=0))
    radius = float(np.linalg.norm(used - centre, axis=1).max())
    directions = [np.array(d, float) for d in itertools.product((-1, 0, 1), repeat=3) if any(d)]
    best: FoundFace | None = None
    for number, direction in enumerate(directions):
        progress.report(number / len(directions), "Looking for the face")
        camera = Camera(_axes(direction / np.linalg.norm(direction)), centre, radius, _SIZE)
        picture = scene.render(camera)
        for turns in range(4):
            sighting = sight_in(scene, camera, picture, detector, turns)
            face = None if sighting is None else judge(sighting, template, usable)
            if face is not None and (best is None or face.share > best.share):
                best = face
    if best is None or best.share < _LEAST_SHARE:
        raise InputError(
            f"No face was found on '{scene.mesh.name}' from any side; crop the scan to the head, see that the face is "
            "whole and that the texture belongs to it (or leave the texture out)."
        )
    return best


def judge(sighting: Sighting, template: np.ndarray, usable: np.ndarray) -> FoundFace | None:
    """The pose of a sighted face, None when too little of it was seen or its points lie on no plane."""
    seen = usable & (sighting.weights > 0.0)
    if seen.sum() < _FEWEST_POINTS:
        return None
    try:
        pose = fit_similarity_robust(template[seen], sighting.points[seen])
    except InputError:
        return None
    size = pose.scale * face_size(template[usable])
    if not size > 0.0:
        return None
    apart = np.linalg.norm(pose.apply(template[seen]) - sighting.points[seen], axis=1)
    return FoundFace(pose, float(np.mean(apart < _NEAR * size) * seen.sum() / usable.sum()))


def face_size(points: np.ndarray) -> float:
    """Root mean square distance of (N, 3) points from their middle."""
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _axes(back: np.ndarray) -> np.ndarray:
    """Axes of a camera in direction `back`, in any turn about it."""
    beside = np.eye(3)[np.argmin(np.abs(back))]
    right = normalized(np.cross(beside, back)[None])[0]
    return np.stack([right, np.cross(back, right), back])
