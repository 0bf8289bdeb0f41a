"""One frame for a scan, however it was turned and scaled: that in which the mean face lies on it best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import NoConvergence, broyden1
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
# Plain steps first; then the most that settle what is left.
_FIRST_STEPS, _STEPS = 12, 40
# How far from there the end may be, mm.
_NEAR = 8.0
# Every so many vertices of the mean face are samples: where many are, one that jumps moves little.
_EVERY = 2
# mm of a step below which the pose does not move any more, in single precision and exactly.
_ROUGHLY_SETTLED, _SETTLED = 1e-4, 1e-9


def settle_pose(
    pose: Similarity, vertices: np.ndarray, triangles: np.ndarray, topology: Topology, scene: Scene, progress: Progress
) -> Similarity:
    """The pose in which the mean face lies on the scan best, by point-to-plane steps until nothing moves.

    vertices, triangles : the mean head, mm. A pose from pictures depends on their pixels and so on how the scan came;
    this one depends on the two surfaces alone, so that everything after it does too."""
    # Lips lie on each other: closest points jump from one to the other, and every jump would be an end of its own.
    face = topology.regions["narrow_face"] & ~topology.no_match & ~topology.regions["lips"]
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

    def change(pose: Similarity, closest) -> Similarity:
        """The step that point-to-plane distances ask for, in the mean head's frame."""
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
        return _step(points, along @ pose.rotation, residual, weights * agree * welsch(residual, _REACH))

    for step in range(_FIRST_STEPS):
        progress.report(0.3 * step / _FIRST_STEPS, "Settling the pose")
        pose = change(pose, rough).then(pose)
    for closest, done, settled in ((rough, 0.3, _ROUGHLY_SETTLED), (exact, 0.6, _SETTLED)):

        def step(pose: Similarity) -> Similarity:
            progress.report(done, "Settling the pose")
            return change(pose, closest)

        pose = _fixed_point(step, pose, points, settled)
    return pose


def _fixed_point(
    change: Callable[[Similarity], Similarity], pose: Similarity, points: np.ndarray, settled: float
) -> Similarity:
    """The pose near `pose` that `change` leaves where it is, by Broyden's method: plain steps circle about it, or creep
    towards it, because they overshoot where the face is flat. The pose itself where no such pose is near."""
    chart = _Chart(pose, points)

    def move(coordinates: np.ndarray) -> np.ndarray:
        there = chart.pose(np.clip(coordinates, -_NEAR, _NEAR))
        return chart.coordinates(change(there).then(there)) - coordinates

    try:
        end = broyden1(
            move, np.zeros(7), alpha=1.0, max_rank=7, maxiter=_STEPS, f_tol=settled, tol_norm=_largest, line_search=None
        )
    except NoConvergence as last:
        end = last.args[0]
    return chart.pose(end) if _largest(end) < _NEAR else pose


def _largest(step: np.ndarray) -> float:
    return float(np.abs(step).max())


class _Chart:
    """Coordinates (7,) of poses near one: logarithm of the scale and radians, times the points' size, and mm."""

    def __init__(self, pose: Similarity, points: np.ndarray):
        self._pose, self._back = pose, pose.inverse()
        self._middle = points.mean(axis=0)
        self._size = float(np.sqrt(((points - self._middle) ** 2).sum(axis=1).mean()))

    def pose(self, coordinates: np.ndarray) -> Similarity:
        scale = float(np.exp(np.clip(coordinates[0] / self._size, -1.0, 1.0)))
        turn = Rotation.from_rotvec(coordinates[1:4] / self._size).as_matrix()
        return _about(self._middle, scale, turn, coordinates[4:]).then(self._pose)

    def coordinates(self, pose: Similarity) -> np.ndarray:
        moved = pose.then(self._back)
        turn = Rotation.from_matrix(moved.rotation).as_rotvec()
        return np.r_[
            self._size * np.log(moved.scale), self._size * turn, moved.apply(self._middle[None])[0] - self._middle
        ]


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
    return _about(middle, scale, turn, step[4:7])


def _about(middle: np.ndarray, scale: float, turn: np.ndarray, shift: np.ndarray) -> Similarity:
    """Scale and turn (3, 3) about a point (3,), and move by (3,)."""
    return Similarity(scale, turn, middle + shift - scale * turn @ middle)
