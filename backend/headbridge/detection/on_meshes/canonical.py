"""A head in one frame and unit, however it came: what shows a face, and where the mean face lies on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.normals import vertex_normals
from ...mesh.similarity import Similarity
from ...progress import Progress
from ...spatial import Surface
from ...spatial.preparation import PreparedMesh, crop, prepare_target, select_parts, turned_over
from ...topologies import load_builtin, load_topology
from ..detector import FaceDetector
from ..surface_points import surface_points
from .finding import FoundFace, find_face
from .landmarks import find_landmarks
from .pose import settle_pose
from .scene import Scene, texture_colours
from .sightings import VotedPoints

# The face is found and posed on this mean head, whatever is registered or fitted.
_MEAN = "hack"
# Canonical positions are rounded to this, mm: far below anything that matters, and far above what is left of how the
# mesh was turned and scaled, so that every pose of a head gives the very same numbers from here on.
_GRID = 2.0**-10
# Radius of the occlusion, mm: lips, lids and nostrils are darker than what surrounds them.
_OCCLUSION = 16.0
# Fewer triangles do not show a face.
_FEWEST_TRIANGLES = 500
# A loose part belongs to the face when it shows at least this share of it: eyeballs and strands of hair show less.
_FACE_SHARE = 0.3
# What lies farther from the face than the mean head's bust reaches, times this, belongs to a body.
_BUST = 1.15
# A sample of the mean face lies on the head when it is this near (as a share of the face's size) with a normal this near.
_ARRIVED, _ARRIVED_COSINE = 0.1, 0.7


@dataclass(frozen=True, eq=False)
class CanonicalHead:
    """A head in the mean head's frame and millimetres.

    prepared : the part of the given mesh that shows the face, as a sound surface, in the given frame and unit; mesh : the
    same in the mean head's frame; pose : from there to the given frame and unit. middle : (3,) mm, of the mean face.
    face : how it was found; overlap : 0..1, the share of the mean face that came to lie on it. notes : for the user."""

    prepared: PreparedMesh
    mesh: Mesh
    pose: Similarity
    middle: np.ndarray
    face: FoundFace
    overlap: float
    notes: tuple[str, ...]


def canonical_head(
    mesh: Mesh, role: str, detector: FaceDetector, progress: Progress, image=None, device: str = "cpu"
) -> CanonicalHead:
    """Find the face of a mesh as it comes and bring it into the mean head's frame and size.

    mesh : any mesh that shows a head, alone or on a body, in any unit, place and orientation; role : "target" or "scan",
    for the notes; image : an `Image` on its UVs, or None. Raises `InputError` for a mesh that cannot be prepared, shows no
    face, or more than one."""
    prepared = prepare_target(mesh, role)
    if len(prepared.mesh.triangles) < _FEWEST_TRIANGLES:
        raise InputError(
            f"'{mesh.name}' is too small: it has {len(prepared.mesh.triangles)} triangles, and a face shows from about "
            f"{_FEWEST_TRIANGLES}; export it in full resolution, or merge its vertices by distance."
        )
    mean, known = load_builtin(_MEAN), surface_points(_MEAN)
    points, usable = known.landmarks.evaluate(mean.vertices), np.isfinite(known.spread)
    subject = f"{role} '{mesh.name}'"
    notes: list[str] = []
    try:
        face = _found(prepared.mesh, points, usable, detector, progress.part(0.0, 0.5), image, device)
    except InputError as refusal:
        # An open surface, or one that is not closed well, may look inward as a whole.
        other = turned_over(prepared)
        try:
            face = _found(other.mesh, points, usable, detector, progress.part(0.5, 0.8), image, device)
        except InputError:
            raise refusal from None
        prepared = other
        notes.append(f"{subject[0].upper()}{subject[1:]}: its faces looked inward and were turned.")
    middle = points[usable].mean(axis=0)
    prepared = _with_face(prepared, face.pose, points[usable], middle, mean, device)
    pose = settle_pose(
        face.pose, mean.vertices, mean.triangles, load_topology(_MEAN), Scene(prepared.mesh, None, device),
        progress.part(0.8, 1.0),
    )  # fmt: skip
    placed = prepared.mesh.with_vertices(np.rint(pose.inverse().apply(prepared.mesh.vertices) / _GRID) * _GRID)
    overlap = _overlap(mean, placed, device)
    return CanonicalHead(prepared, placed, pose, middle, face, overlap, (*prepared.notes, *notes))


def canonical_landmarks(
    head: CanonicalHead, detector: FaceDetector, progress: Progress, image=None, device: str = "cpu"
) -> VotedPoints | None:
    """The detector's points on a canonical head, mm; None when no view shows them. image : as it was found with."""
    if image is None:
        scene = Scene.as_clay(head.mesh, _OCCLUSION, device)
    else:
        scene = Scene(head.mesh, texture_colours(head.mesh, image), device)
    still = Similarity(1.0, np.eye(3), np.zeros(3))
    return find_landmarks(scene, still, head.middle, detector, progress)


def _found(mesh: Mesh, points, usable, detector, progress, image, device) -> FoundFace:
    textured = None if image is None else Scene(mesh, texture_colours(mesh, image), device)
    return find_face(mesh, points, usable, detector, progress, textured)


def _with_face(
    prepared: PreparedMesh, pose: Similarity, points: np.ndarray, middle: np.ndarray, mean: Mesh, device: str
) -> PreparedMesh:
    """The parts that show the face, without the body below its bust."""
    if len(prepared.parts) > 1:
        surface = Surface(prepared.mesh.vertices, prepared.mesh.triangles, device)
        ahead = pose.rotation[:, 2]
        size = pose.scale * np.linalg.norm(points - middle, axis=1).max()
        starts = pose.apply(points) + 2.0 * size * ahead
        hits = surface.cast(starts, np.broadcast_to(-ahead, starts.shape), 4.0 * size)
        shown = np.bincount(prepared.parts.labels[hits.triangles[hits.hit]], minlength=len(prepared.parts))
        if shown.sum():
            prepared = select_parts(prepared, np.flatnonzero(shown >= min(_FACE_SHARE * shown.sum(), shown.max())))
    reach = np.linalg.norm(mean.vertices - middle, axis=1).max()
    return crop(prepared, pose.apply(middle[None])[0], _BUST * reach * pose.scale)


def _overlap(mean: Mesh, placed: Mesh, device: str) -> float:
    topology = load_topology(_MEAN)
    face = topology.regions["narrow_face"] & ~topology.no_match
    samples = mean.vertices[face]
    hits = Surface(placed.vertices, placed.triangles, device).closest(samples)
    normals = vertex_normals(placed.vertices, placed.triangles)[placed.triangles[hits.triangles]]
    there = np.einsum("nk,nkd->nd", hits.barycentrics, normals)
    cosine = np.einsum("nd,nd->n", there, vertex_normals(mean.vertices, mean.triangles)[face])
    size = np.sqrt(((samples - samples.mean(axis=0)) ** 2).sum(axis=1).mean())
    return float(np.mean((hits.distances < _ARRIVED * size) & (cosine > _ARRIVED_COSINE)))
