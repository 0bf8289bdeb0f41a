"""One frame for a scan, however it was turned and scaled: that in which the mean face lies on it best."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ...mesh.normals import normalized, triangle_areas, vertex_normals
from ...mesh.similarity import Similarity
from ...progress import Progress
from ...spatial.exact_closest import ExactClosest
from ...spatial.residuals import distance_gradients, welsch
from ...topologies import Topology
from .scene import Scene

# Surface farther than this from the mean face is none of it, mm.
_REACH = 15.0
# Steps with closest points in single precision, and those that settle what rounding leaves.
_STEPS, _EXACT_STEPS = 80, 12
# Every so many vertices of the mean face are samples.
_EVERY = 6
# Radians, mm and logarithms below which the pose does not move any more, in single precision and exactly.
_ROUGHLY_SETTLED, _SETTLED = 1e-5, 1e-10


def settle_pose(
    pose: Similarity, vertices: np.ndarray, triangles: np.ndarray, topology: Topology, scene: Scene, progress: Progress
) -> Similarity:
    """The pose in which the mean face lies on the scan best, by point-to-plane steps until nothing moves.

    vertices, triangles : the mean head, mm. A pose from pictures depends on their pixels and so on how the scan came;
    this one depends on the two surfaces alone, so that everything after it does too."""
    face = topology.regions["narrow_face"] & ~topology.no_match
    samples = np.flatnonzero(face)[::_EVERY]
    points, normals = vertices[samples], vertex_normals(vertices, triangles)[samples]
    inside = triangles[face[triangles].all(axis=1)]
    weights = np.bincount(inside.ravel(), np.repeat(triangle_areas(vertices, inside), 3), minlength=len(vertices))
    weights = weights[samples] / weights[samples].sum()
    surface = scene.surface
    exact = ExactClosest(surface)
    scan_normals = vertex_normals(scene.mesh.vertices, scene.mesh.triangles)

    def rough(queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hits = surface.closest(queries)
        return hits.triangles, hits.barycentrics

    for closest, steps, settled in ((rough, _STEPS, _ROUGHLY_SETTLED), (exact, _EXACT_STEPS, _SETTLED)):
        for step in range(steps):
            if step % 10 == 0:
                progress.report(step / steps, "Settling the pose")
            moved = pose.apply(points)
            met, weights_there = closest(moved)
            corners = surface.triangles[met]
            there = np.einsum("nk,nkd->nd", weights_there, scan_normals[corners])
            offset = np.einsum("nk,nkd->nd", weights_there, surface.vertices[corners]) - moved
            distance = np.linalg.norm(offset, axis=1) / pose.scale
            along = distance_gradients(offset / pose.scale, distance, normalized(there))
            # In the template's units: what counts as far must not depend on the scan's.
            residual = np.einsum("nd,nd->n", along, offset) / pose.scale
            agree = np.clip(np.einsum("nd,nd->n", there, normals @ pose.rotation.T), 0.0, 1.0)
            change = _step(points, along @ pose.rotation, residual, weights * agree * welsch(residual, _REACH))
            pose = change.then(pose)
            moves = (
                abs(np.log(change.scale)),
                np.linalg.norm(change.rotation - np.eye(3)),
                np.linalg.norm(change.translation),
            )
            if max(moves) < settled:
                break
    return pose


def _step(points: np.ndarray, along: np.ndarray, residual: np.ndarray, weights: np.ndarray) -> Similarity:
    """The small similarity of (N, 3) points, mm, that best takes away their residuals (N,) along unit directions."""
    middle = weights @ points / weights.sum()
    arm = points - middle
    rows = np.column_stack([np.einsum("nd,nd->n", along, arm), np.cross(arm, along), along])
    matrix = rows.T @ (weights[:, None] * rows)
    # The mean face slides on no scan, but a plane or a ball must not make the step endless.
    matrix[np.arange(7), np.arange(7)] += 1e-9 * np.trace(matrix) / 7.0
    step = np.linalg.solve(matrix, rows.T @ (weights * residual))
    scale = float(np.exp(np.clip(step[0], -0.1, 0.1)))
    turn = Rotation.from_rotvec(step[1:4]).as_matrix()
    return Similarity(scale, turn, middle + step[4:7] - scale * turn @ middle)
