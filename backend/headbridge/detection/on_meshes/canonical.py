"""A head in one frame and unit, however it came: where the mean face lies on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...progress import Progress
from ...topologies import load_builtin, load_topology
from ..detector import FaceDetector
from ..surface_points import surface_points
from .finding import FoundFace, find_face
from .landmarks import find_landmarks
from .pose import settle_pose
from .scene import Colours, Scene
from .sightings import VotedPoints

# The face is found and posed on this mean head, whatever is registered or fitted.
_MEAN = "hack"
# Canonical positions are rounded to this, mm: far below anything that matters, and far above what is left of how the
# mesh was turned and scaled, so that every pose of a head gives the very same numbers from here on.
_GRID = 2.0**-10
# Radius of the occlusion, mm: lips, lids and nostrils are darker than what surrounds them.
_OCCLUSION = 16.0


@dataclass(frozen=True, eq=False)
class CanonicalHead:
    """mesh : the head in the mean head's frame and millimetres, its faces outward; turned : whether they had to be turned.
    pose : from there to the given frame and unit. middle : (3,) mm, of the mean face. face : how it was found."""

    mesh: Mesh
    turned: bool
    pose: Similarity
    middle: np.ndarray
    face: FoundFace


def canonical_head(
    mesh: Mesh, detector: FaceDetector, progress: Progress, colours: Colours | None = None, device: str = "cpu"
) -> CanonicalHead:
    """Find the face of a mesh and bring it into the mean head's frame and size.

    mesh : a sound surface in any unit, place and orientation; colours : of its surface, where it has some.
    Raises `InputError` when it shows no face, or more than one."""
    mean, known = load_builtin(_MEAN), surface_points(_MEAN)
    points, usable = known.landmarks.evaluate(mean.vertices), np.isfinite(known.spread)
    turned = False
    try:
        face = _found(mesh, points, usable, detector, progress.part(0.0, 0.5), colours, device)
    except InputError as refusal:
        # An open surface, or one that is not closed well, may look inward as a whole.
        try:
            other = turned_over(mesh)
            face = _found(other, points, usable, detector, progress.part(0.5, 0.8), colours, device)
        except InputError:
            raise refusal from None
        mesh, turned = other, True
    pose = settle_pose(
        face.pose, mean.vertices, mean.triangles, load_topology(_MEAN), Scene(mesh, None, device), progress.part(0.8, 1.0)
    )
    placed = mesh.with_vertices(np.rint(pose.inverse().apply(mesh.vertices) / _GRID) * _GRID)
    return CanonicalHead(placed, turned, pose, points[usable].mean(axis=0), face)


def canonical_landmarks(
    head: CanonicalHead, detector: FaceDetector, progress: Progress, colours: Colours | None = None, device: str = "cpu"
) -> VotedPoints | None:
    """The detector's points on a canonical head, mm; None when no view shows them."""
    scene = _scene(head.mesh, _OCCLUSION, colours, device)
    still = Similarity(1.0, np.eye(3), np.zeros(3))
    return find_landmarks(scene, still, head.middle, detector, progress)


def turned_over(mesh: Mesh) -> Mesh:
    """The mesh with all faces looking to the other side, as triangles."""
    uvs = None if mesh.uvs is None else mesh.uvs[mesh.triangle_corners[:, ::-1]].reshape(-1, 2)
    return Mesh.from_faces(mesh.vertices, np.ascontiguousarray(mesh.triangles[:, ::-1]), uvs=uvs, name=mesh.name)


def _found(mesh, points, usable, detector, progress, colours, device) -> FoundFace:
    textured = None if colours is None else Scene(mesh, colours, device)
    return find_face(mesh, points, usable, detector, progress, textured)


def _scene(mesh: Mesh, radius: float, colours: Colours | None, device: str) -> Scene:
    return Scene.as_clay(mesh, radius, device) if colours is None else Scene(mesh, colours, device)
