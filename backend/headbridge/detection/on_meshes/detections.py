"""The detector's points in pictures of a scan, lifted onto its surface and voted over the views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...mesh.normals import normalized
from ...mesh.similarity import Similarity
from ...progress import Progress
from ..detector import LOOKS_AT_ONCE, FaceDetector
from .camera import Camera, looking
from .scene import Scene

# Surface seen flatter than this cosine tells little about where a point lies.
_LEAST_FACING = 0.3
# From this cosine on a detection counts as a whole one.
_FULL_FACING = 0.5
# Detections farther than this from the others' middle, as a share of the face's size, are outliers.
_APART = 0.05
_FEWEST_DETECTIONS = 2
_ITERATIONS = 30

HALF_HEIGHT = 140.0
"""What a view of a face shows above and below its middle, mm of the mean head."""


@dataclass(frozen=True, eq=False)
class Detection:
    """One view's points on the surface: points (478, 3), in the scene's frame; weights (478,), the squared cosine
    under which the surface is seen, 0 where a ray missed or grazed it."""

    points: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class VotedPoints:
    """What the views agree on: points (478, 3) in the scene's frame; spread (478,), the mean distance of the detections
    that agree, in its units; count (478,), how many do (0: no point); support (478,), the same without steps: a detection
    counts less the farther it lies from the others and the flatter the surface is seen there."""

    points: np.ndarray
    spread: np.ndarray
    count: np.ndarray
    support: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """(478,) bool."""
        return self.count > 0


def sight_each(
    scene: Scene,
    looks: Sequence[tuple[Camera, int]],
    detector: FaceDetector,
    progress: Progress,
    message: str,
    most: int = 1,
) -> Iterator[Detection]:
    """What is seen of faces in each of the looks that show one, in their order; the `most` prominent of a look.

    looks : a camera, and by how many quarters counter-clockwise its picture is turned."""
    rendered: tuple[Camera, np.ndarray] | None = None
    for first in range(0, len(looks), LOOKS_AT_ONCE):
        progress.report(first / len(looks), message)
        some, pictures = looks[first : first + LOOKS_AT_ONCE], []
        for camera, turns in some:
            # Looks that turn one picture follow each other.
            if rendered is None or rendered[0] is not camera:
                rendered = camera, scene.render(camera)
            pictures.append(np.rot90(rendered[1], turns))
        for (camera, turns), faces in zip(some, detector.detect_each(pictures, most), strict=True):
            for face in faces:
                yield _lifted(scene, camera, face[:, :2], turns)


def _lifted(scene: Scene, camera: Camera, pixels: np.ndarray, turns: int) -> Detection:
    """(478, 2) points in the turned picture of a view, on the surface."""
    for _ in range(turns % 4):
        # What a quarter turn brought to column c, row r was at column size - r, row c.
        pixels = np.stack([camera.size - pixels[:, 1], pixels[:, 0]], axis=1)
    hits = scene.cast(camera, pixels)
    facing = np.einsum("nd,nd->n", scene.normals(hits), normalized(camera.position - hits.points))
    seen = hits.hit & (np.abs(facing) > _LEAST_FACING)
    return Detection(np.where(seen[:, None], hits.points, 0.0), np.where(seen, facing**2, 0.0))


def look(
    scene: Scene,
    pose: Similarity,
    middle: np.ndarray,
    views,
    detector: FaceDetector,
    size: int,
    progress: Progress = Progress(),
) -> list[Detection]:
    """What (yaw, pitch) views about a face see of it.

    pose : from the template's frame to the scene's; middle : (3,) of the face, in the template's frame; size : pixels."""
    centre, half_height = pose.apply(middle[None])[0], pose.scale * HALF_HEIGHT
    looks = [(Camera(looking(*view) @ pose.rotation.T, centre, half_height, size), 0) for view in views]
    return list(sight_each(scene, looks, detector, progress, "Looking at the face"))


def vote(detections: list[Detection], size: float) -> VotedPoints:
    """Every point's geometric median over the views, by Weiszfeld's iteration, then the mean of what agrees with it.

    size : of a face (the distance of the outer eye corners, say), in the scene's units."""
    points = np.stack([detection.points for detection in detections], axis=1)
    weights = np.stack([detection.weights for detection in detections], axis=1)
    seen = weights > 0.0
    middle = np.einsum("nv,nvd->nd", weights, points) / np.maximum(weights.sum(axis=1), 1e-12)[:, None]
    # Weights stay bounded below this distance, where the median is the mean.
    near = 0.1 * _APART * size
    for _ in range(_ITERATIONS):
        pull = weights / np.maximum(np.linalg.norm(points - middle[:, None], axis=2), near)
        middle = np.einsum("nv,nvd->nd", pull, points) / np.maximum(pull.sum(axis=1), 1e-12)[:, None]
    distance = np.linalg.norm(points - middle[:, None], axis=2)
    # Smooth, so that a detection at the limit does not make the answer jump.
    alike = np.exp(-((distance / (_APART * size)) ** 2))
    agreeing = weights * alike
    facing = (np.sqrt(weights) - _LEAST_FACING) / (_FULL_FACING - _LEAST_FACING)
    total = np.maximum(agreeing.sum(axis=1), 1e-12)
    count = (seen & (distance < _APART * size)).sum(axis=1)
    needed = min(_FEWEST_DETECTIONS, len(detections))
    return VotedPoints(
        np.einsum("nv,nvd->nd", agreeing, points) / total[:, None],
        (agreeing * distance).sum(axis=1) / total,
        np.where(count >= needed, count, 0),
        (np.clip(facing, 0.0, 1.0) * alike).sum(axis=1),
    )
