"""Meshes of the Basel Face Model: a face in any unit and turn, which others wind inward."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.normals import triangle_cross, vertex_normals
from ..mesh.similarity import Similarity, fit_similarities
from ..metrics.distances import open_boundary_hits
from ..progress import Progress
from ..registration.job import LandmarkPairs, RegisterInput, RegisterResult, RegisterSettings
from ..registration.register import register
from ..spatial import Surface
from ..spatial.preparation import prepare_target
from ..topologies import load_builtin, load_topology

BFM_COUNTS = {
    53490: "Basel Face Model 2009",
    53215: "Basel Face Model 2009 without the mouth's inside",
    35709: "Basel Face Model 2009, front of the face",
}
# The face's height as a share of the mesh's: some have ears, forehead and throat, some do not.
_SHARES = np.array([1.0, 0.9, 0.8, 0.7])
# Distances that count, as a share of the face's height: with few points from many starts, and with all from the best.
_COARSE_REACHES, _REACHES = np.geomspace(0.3, 0.08, 10), np.geomspace(0.2, 0.04, 30)
_FEW_POINTS, _KEPT = 120, 4
_LEAST_AGREEMENT = 0.7


def register_basel(goal: str, mesh: Mesh, device: str, seed: int, progress: Progress) -> RegisterResult:
    """The head `goal` ("flame", "hack") transferred onto a Basel Face Model mesh, in its frame and unit.

    The mesh may have bad faces and look inward (`spatial.preparation`), and be turned. Raises `InputError` when no face
    is found on it, `FailedResult` and `Cancelled`."""
    prepared = prepare_target(mesh, "mesh")
    mesh = prepared.mesh
    head, topology = load_builtin(goal), load_topology(goal)
    surface = Surface(mesh.vertices, mesh.triangles, device)
    onto = place_face(head, topology.regions["face"], surface, mesh, progress.part(0.0, 0.1))
    points = topology.landmarks_51.evaluate(head.vertices)
    # With weight 0 the pairs place the head and hold nothing.
    pairs = LandmarkPairs(points, surface.closest(onto.apply(points)).points, topology.landmarks_51.names)
    settings = RegisterSettings(device=device, seed=seed, landmark_weight=0.0)
    result = register(RegisterInput(head, mesh, landmarks=pairs), settings, progress.part(0.1, 1.0))
    result.verdict.raise_if_failed()
    return replace(result, notes=(*prepared.notes, *result.notes))


def place_face(head: Mesh, face: np.ndarray, surface: Surface, mesh: Mesh, progress: Progress) -> Similarity:
    """The similarity that lays the (V,) `face` of a head on the surface, however the mesh is turned.

    Closest points, from many turns and sizes with nose tip on nose tip: few points first, then the best starts with
    all. Raises `InputError` when no face is met."""
    few = np.flatnonzero(face)[:: max(np.count_nonzero(face) // _FEW_POINTS, 1)]
    coarse = _ClosestPoints(head, few, surface, mesh)
    starts = coarse.settled(coarse.starts(), _COARSE_REACHES, progress.part(0.0, 0.6))
    best = np.argsort(-starts.agreement)[:_KEPT]
    fine = _ClosestPoints(head, np.flatnonzero(face), surface, mesh)
    placed = fine.settled(starts.chosen(best), _REACHES, progress.part(0.6, 1.0))
    best = int(np.argmax(placed.agreement))
    if placed.agreement[best] < _LEAST_AGREEMENT:
        raise InputError(
            f"'{mesh.name}' has the vertex count of a Basel Face Model mesh, but no face was found on it; transfer a head "
            "onto it with headbridge register and landmarks."
        )
    return Similarity(float(placed.scales[best]), placed.rotations[best], placed.translations[best])


@dataclass(frozen=True, eq=False)
class _Placements:
    """S similarities: scales (S,), rotations (S, 3, 3), translations (S, 3); agreement (S,) of the surface with the face,
    0..1."""

    scales: np.ndarray
    rotations: np.ndarray
    translations: np.ndarray
    agreement: np.ndarray

    def chosen(self, which: np.ndarray) -> _Placements:
        return _Placements(self.scales[which], self.rotations[which], self.translations[which], self.agreement[which])


def _turns_about(forward: np.ndarray) -> np.ndarray:
    """(R, 3, 3) rotations that take +Z about to `forward`: all ways up, nodding a little."""
    onto, _ = Rotation.align_vectors(forward[None] / np.linalg.norm(forward), [[0.0, 0.0, 1.0]])
    return np.stack(
        [
            (onto * Rotation.from_euler("zx", [upright, nod], degrees=True)).as_matrix()
            for upright in np.arange(0.0, 360.0, 30.0)
            for nod in (-20.0, 0.0, 20.0)
        ]
    )


class _ClosestPoints:
    """Lays points of a head's face (`face`, vertex numbers) on a surface."""

    def __init__(self, head: Mesh, face: np.ndarray, surface: Surface, mesh: Mesh):
        self._points = head.vertices[face]
        self._normals = vertex_normals(head.vertices, head.triangles)[face]
        self._height = float(np.ptp(self._points[:, 1]))
        self._surface, self._mesh = surface, mesh
        self._target_normals = vertex_normals(mesh.vertices, mesh.triangles)

    def starts(self) -> _Placements:
        """Nose tip on what stands out farthest, in every size and in turns about the way the surface looks.

        A face is an open surface: the sum of its normals is that of its edge, and looks forward."""
        turns = _turns_about(triangle_cross(self._mesh.vertices, self._mesh.triangles).sum(axis=0))
        used = self._mesh.vertices[np.unique(self._mesh.corners)]
        nose = self._points[np.argmax(self._points[:, 2])]
        rotations = np.repeat(turns, len(_SHARES), axis=0)
        heights = np.ptp(used @ turns[:, :, 1].T, axis=0)
        scales = (heights[:, None] * _SHARES / self._height).reshape(-1)
        tips = used[np.argmax(used @ turns[:, :, 2].T, axis=0)]
        translations = np.repeat(tips, len(_SHARES), axis=0) - scales[:, None] * (rotations @ nose)
        return _Placements(scales, rotations, translations, np.zeros(len(scales)))

    def settled(self, start: _Placements, reaches: np.ndarray, progress: Progress) -> _Placements:
        """The placements after a step of closest points at each of the reaches (shares of the face's height)."""
        scales, rotations, translations = start.scales, start.rotations, start.translations
        points = np.tile(self._points, (len(scales), 1, 1))
        for done, reach in enumerate(reaches):
            progress.report(done / len(reaches), "Placing the face")
            closest, weights = self._met(scales, rotations, translations, reach)
            scales, rotations, translations = fit_similarities(points, closest, weights + 1e-9)
        return _Placements(scales, rotations, translations, weights.mean(axis=1))

    def _met(self, scales, rotations, translations, reach: float) -> tuple[np.ndarray, np.ndarray]:
        """(S, N, 3) the surface's points nearest to the face's, and (S, N) how much they count, 0..1."""
        moved = scales[:, None, None] * (self._points @ rotations.transpose(0, 2, 1)) + translations[:, None]
        hits = self._surface.closest(moved.reshape(-1, 3))
        corner = self._mesh.triangles[hits.triangles]
        facing = np.einsum("nkd,nk->nd", self._target_normals[corner], hits.barycentrics).reshape(moved.shape)
        cosine = np.einsum("knd,knd->kn", facing, self._normals @ rotations.transpose(0, 2, 1))
        distance = hits.distances.reshape(moved.shape[:2]) / (scales[:, None] * self._height)
        weights = np.exp(-((distance / reach) ** 2)) * np.clip(cosine, 0.0, 1.0)
        # Beyond the mesh's end the closest point is on the end.
        weights *= ~open_boundary_hits(hits, self._mesh.triangles, len(self._mesh.vertices)).reshape(weights.shape)
        return hits.points.reshape(moved.shape), weights
