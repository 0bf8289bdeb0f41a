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
from ...spatial.preparation import PreparedMesh, completed_halves, crop, flipped, select_parts
from ...topologies import load_builtin, load_topology
from ..detector import FaceDetector
from ..surface_points import surface_points
from .detections import VotedPoints
from .finding import FoundFace, SeveralFaces, find_face
from .landmarks import find_landmarks
from .own_colours import OwnColours
from .pose import settle_pose
from .scene import Scene

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
# Of the mean face, this share lies on a head that is no half; what has less than the other share is no head.
_WHOLE, _LEAST_OVERLAP = 0.6, 0.28
# Of the mean face, about half lies on a half that was really cut there; of its size, settling changes little.
_HALF, _MOST_CHANGE = (0.25, 0.75), 1.5
# A point seen on a half and its mirror image lies on the half when it is this near to it, mm.
_REAL = 1.0


@dataclass(frozen=True, eq=False)
class CanonicalHead:
    """A head in the mean head's frame and millimetres.

    prepared : the part of the given mesh that shows the face, as a sound surface, in the given frame and unit; mesh : the
    same in the mean head's frame; pose : from there to the given frame and unit. middle : (3,) mm, of the mean face.
    looked_at : `mesh`, or where that is half a head, it and its mirror image. face : how it was found; overlap : 0..1, the share
    of the mean face that came to lie on what was looked at. notes : for the user."""

    prepared: PreparedMesh
    mesh: Mesh
    pose: Similarity
    middle: np.ndarray
    looked_at: Mesh
    face: FoundFace
    overlap: float
    notes: tuple[str, ...]


def canonical_head(
    prepared: PreparedMesh,
    role: str,
    detector: FaceDetector,
    progress: Progress,
    own: OwnColours | None = None,
    device: str = "cpu",
) -> CanonicalHead:
    """Find the face of a mesh and bring it into the mean head's frame and size.

    prepared : of a mesh that shows a head, alone or on a body, in any unit, place and orientation; role : "target" or "scan",
    for the notes; own : its own colours, or None. Raises `InputError` for a mesh that is too small, shows no face, or
    more than one."""
    mesh = prepared.mesh
    if len(prepared.mesh.triangles) < _FEWEST_TRIANGLES:
        raise InputError(
            f"'{mesh.name}' is too small: it has {len(prepared.mesh.triangles)} triangles, and a face shows from about "
            f"{_FEWEST_TRIANGLES}; export it in full resolution, or merge its vertices by distance."
        )
    looker = _Looker(role, detector, own, device)
    halves = completed_halves(mesh) if own is None else []
    if halves:
        # Half a face looks like a narrow one from before it: it is looked at as it is first, then with its mirror image.
        step = 0.2 / (1 + len(halves))
        for number, whole in enumerate((None, *halves)):
            part = progress.part(number * step, (number + 1) * step)
            head = looker.at(prepared, whole, part, quick=True)
            if head is not None and head.overlap >= _WHOLE:
                return head
    try:
        head = looker.at(prepared, None, progress.part(0.2, 0.7))
    except InputError as refusal:
        # An open surface, or one that is not closed well, may look inward as a whole.
        try:
            head = looker.at(flipped(prepared), None, progress.part(0.7, 1.0))
        except InputError:
            raise refusal from None
        note = f"{looker.subject(mesh)}: its faces looked inward and were turned."
        head = replace(head, notes=(*head.notes, note))
    return head


def canonical_landmarks(
    head: CanonicalHead,
    detector: FaceDetector,
    progress: Progress,
    own: OwnColours | None = None,
    device: str = "cpu",
) -> VotedPoints | None:
    """The detector's points on a canonical head, mm; None when no view shows them. Of half a head, only those on that half.

    own : as it was found with."""
    if own is None:
        scene = Scene.as_clay(head.looked_at, _OCCLUSION, device)
    else:
        scene = Scene(head.looked_at, own(head.looked_at, head.pose), device)
    still = Similarity(1.0, np.eye(3), np.zeros(3))
    voted = find_landmarks(scene, still, head.middle, detector, progress)
    if voted is None or head.looked_at is head.mesh:
        return voted
    # What was cut is not quite a half: places on the mirror image are some millimetres off.
    hits = Surface(head.mesh.vertices, head.mesh.triangles, device).closest(voted.points)
    real = hits.distances < _REAL
    return replace(voted, count=np.where(real, voted.count, 0), support=np.where(real, voted.support, 0.0))


class _Looker:
    """Finds the face of prepared meshes and poses the mean head on it."""

    def __init__(self, role: str, detector: FaceDetector, own: OwnColours | None, device: str):
        self._role, self._detector, self._own, self._device = role, detector, own, device
        self._mean, known = load_builtin(_MEAN), surface_points(_MEAN)
        self._points, self._usable = known.landmarks.evaluate(self._mean.vertices), np.isfinite(known.spread)
        self._middle = self._points[self._usable].mean(axis=0)

    def subject(self, mesh: Mesh) -> str:
        return f"{self._role.capitalize()} '{mesh.name}'"

    def at(
        self, prepared: PreparedMesh, whole: Mesh | None, progress: Progress, quick: bool = False
    ) -> CanonicalHead | None:
        """The head of a mesh, or of the `whole` that it is half of.

        Raises `InputError` when no face is found; a `quick` look returns None then, and takes only faces that are sure. None
        for a `whole` whose face lies on one side: its edge is a neck's, say. Raises `SeveralFaces` when the mesh shows two."""
        mesh, notes = prepared.mesh if whole is None else whole, []
        textured = None if self._own is None else Scene(mesh, self._own(mesh, None), self._device)
        try:
            face = find_face(mesh, self._points, self._usable, self._detector, progress.part(0.0, 0.7), textured, quick)
        except InputError as refusal:
            if quick and not (whole is None and isinstance(refusal, SeveralFaces)):
                return None
            raise
        given = prepared
        if whole is None:
            prepared = self._with_face(given, face.pose)
            mesh = prepared.mesh
        else:
            notes.append(f"{self.subject(mesh)}: half of a head; its face was found with its mirror image beside it.")
        settled = settle_pose(
            face.pose, self._mean.vertices, self._mean.triangles, load_topology(_MEAN), Scene(mesh, None, self._device),
            progress.part(0.7, 1.0),
        )  # fmt: skip
        # On a flattened face the mean face shrinks until it lies on a cheek.
        changed = abs(np.log(settled.scale / face.pose.scale)) > np.log(_MOST_CHANGE)
        pose = face.pose if changed else settled
        if whole is None:
            # Where the head ends must not depend on the pictures' pixels either.
            prepared = self._with_face(given, pose)
            mesh = prepared.mesh
        looked_at = _placed(mesh, pose)
        placed = looked_at if whole is None else _placed(prepared.mesh, pose)
        overlap, first = _overlap(self._mean, looked_at, len(placed.triangles), self._device)
        if whole is not None and not _HALF[0] < first < _HALF[1]:
            return None
        if overlap < _LEAST_OVERLAP and not quick:
            raise InputError(
                f"'{mesh.name}' shows something like a face, but only {100 * overlap:.0f} % of a head's lies on it; see that it is "
                "the mesh of a head, not distorted, and looks outward, or give at least three landmark pairs."
            )
        return CanonicalHead(prepared, placed, pose, self._middle, looked_at, face, overlap, (*prepared.notes, *notes))

    def _with_face(self, prepared: PreparedMesh, pose: Similarity) -> PreparedMesh:
        """The parts that show the face, without the body below its bust."""
        points = self._points[self._usable]
        if len(prepared.parts) > 1:
            surface = Surface(prepared.mesh.vertices, prepared.mesh.triangles, self._device)
            ahead = pose.rotation[:, 2]
            size = pose.scale * np.linalg.norm(points - self._middle, axis=1).max()
            starts = pose.apply(points) + 2.0 * size * ahead
            hits = surface.cast(starts, np.broadcast_to(-ahead, starts.shape), 4.0 * size)
            shown = np.bincount(prepared.parts.labels[hits.triangles[hits.hit]], minlength=len(prepared.parts))
            if shown.sum():
                prepared = select_parts(prepared, np.flatnonzero(shown >= min(_FACE_SHARE * shown.sum(), shown.max())))
        reach = np.linalg.norm(self._mean.vertices - self._middle, axis=1).max()
        return crop(prepared, pose.apply(self._middle[None])[0], _BUST * reach * pose.scale)


def _placed(mesh: Mesh, pose: Similarity) -> Mesh:
    return mesh.with_vertices(np.rint(pose.inverse().apply(mesh.vertices) / _GRID) * _GRID)


def _overlap(mean: Mesh, placed: Mesh, count: int, device: str) -> tuple[float, float]:
    """Shares of the mean face: that which lies on the head, and that which is nearest to its first `count` triangles."""
    topology = load_topology(_MEAN)
    face = topology.regions["narrow_face"] & ~topology.no_match
    samples = mean.vertices[face]
    hits = Surface(placed.vertices, placed.triangles, device).closest(samples)
    normals = vertex_normals(placed.vertices, placed.triangles)[placed.triangles[hits.triangles]]
    there = np.einsum("nk,nkd->nd", hits.barycentrics, normals)
    cosine = np.einsum("nd,nd->n", there, vertex_normals(mean.vertices, mean.triangles)[face])
    size = np.sqrt(((samples - samples.mean(axis=0)) ** 2).sum(axis=1).mean())
    arrived = (hits.distances < _ARRIVED * size) & (cosine > _ARRIVED_COSINE)
    return float(np.mean(arrived)), float(np.mean(hits.triangles < count))
