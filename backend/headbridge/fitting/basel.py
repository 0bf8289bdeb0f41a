"""Meshes of the Basel Face Model, which come as a face in a known frame: Y up, looking along +Z, any unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.normals import vertex_normals
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
_SHARES = (1.0, 0.9, 0.8, 0.7)
_ITERATIONS = 30
# Distances that count, as a share of the face's height, at the first iteration and at the last.
_FIRST_REACH, _LAST_REACH = 0.2, 0.04
_LEAST_AGREEMENT = 0.7


def register_basel(goal: str, mesh: Mesh, device: str, seed: int, progress: Progress) -> RegisterResult:
    """The head `goal` ("flame", "hack") carried onto a Basel Face Model mesh, in its frame and unit.

    The mesh may have bad faces and look inward (`spatial.preparation`). Raises `InputError` when it does not stand
    upright and look along +Z, `FailedResult` and `Cancelled`."""
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
    """The similarity that lays the (V,) `face` of a head on the surface: closest points from nose tip on nose tip."""
    points = head.vertices[face]
    normals = vertex_normals(head.vertices, head.triangles)[face]
    used = mesh.vertices[mesh.corners]
    height = float(np.ptp(points[:, 1]))
    scales = np.array(_SHARES) * float(np.ptp(used[:, 1])) / height
    count = len(scales)
    rotations = np.tile(np.eye(3), (count, 1, 1))
    translations = used[np.argmax(used[:, 2])] - scales[:, None] * points[np.argmax(points[:, 2])]
    target_normals = vertex_normals(mesh.vertices, mesh.triangles)
    for reach in np.geomspace(_FIRST_REACH, _LAST_REACH, _ITERATIONS):
        progress.report(np.log(reach / _FIRST_REACH) / np.log(_LAST_REACH / _FIRST_REACH), "Placing the face")
        moved = scales[:, None, None] * (points @ rotations.transpose(0, 2, 1)) + translations[:, None]
        hits = surface.closest(moved.reshape(-1, 3))
        closest = hits.points.reshape(moved.shape)
        corner = mesh.triangles[hits.triangles]
        facing = np.einsum("nkd,nk->nd", target_normals[corner], hits.barycentrics).reshape(moved.shape)
        cosine = np.einsum("knd,knd->kn", facing, normals @ rotations.transpose(0, 2, 1))
        distance = hits.distances.reshape(moved.shape[:2]) / (scales[:, None] * height)
        weights = np.exp(-((distance / reach) ** 2)) * np.clip(cosine, 0.0, 1.0)
        # Beyond the mesh's end the closest point is on the end.
        weights *= ~open_boundary_hits(hits, mesh.triangles, len(mesh.vertices)).reshape(weights.shape)
        scales, rotations, translations = fit_similarities(np.tile(points, (count, 1, 1)), closest, weights + 1e-9)
    agreement = weights.mean(axis=1)
    best = int(np.argmax(agreement))
    if agreement[best] < _LEAST_AGREEMENT:
        raise InputError(
            f"'{mesh.name}' has the vertex count of a Basel Face Model mesh, but no face upright and looking along +Z "
            "was found; turn it so, or carry a head onto it with headbridge register and landmarks."
        )
    return Similarity(float(scales[best]), rotations[best], translations[best])
