"""One frame for a scan, however it was turned and scaled: that in which the mean face lies on it best."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ...mesh.normals import normalized, triangle_areas, vertex_normals
from ...mesh.similarity import Similarity, fit_similarity_robust
from ...progress import Progress
from ...spatial.exact_closest import ExactClosest
from ...spatial.residuals import distance_gradients, welsch
from ...topologies import Topology
from ..detector import FaceDetector
from .camera import Camera, looking
from .scene import Scene
from .sightings import VotedPoints, sight, vote

# Yaw and pitch of the views that settle the pose.
_POSE_VIEWS = ((0, 0), (25, 0), (-25, 0), (0, 15), (0, -15))
_POSE_ROUNDS = 2
# What a view shows above and below the face's middle, mm, and its pixels.
_HALF_HEIGHT = 140.0
_SIZE = 384
# Surface farther than this from the mean face is none of it, mm.
_REACH = 15.0
_STEPS = 200
# Every so many vertices of the mean face are samples.
_EVERY = 4
# Radians, mm and logarithms below which the pose does not move any more.
_SETTLED = 1e-11


def look(
    scene: Scene,
    pose: Similarity,
    middle: np.ndarray,
    views,
    detector: FaceDetector,
    progress: Progress,
) -> VotedPoints | None:
    """The detector's points from (yaw, pitch) views about a face, voted; None when no view shows one.

    pose : from the template's frame to the scene's; middle : (3,) of the face, in the template's frame."""
    sightings = []
    for number, (yaw, pitch) in enumerate(views):
        progress.report(number / len(views), "Looking at the face")
        axes = looking(yaw, pitch) @ pose.rotation.T
        camera = Camera(axes, pose.apply(middle[None])[0], pose.scale * _HALF_HEIGHT, _SIZE)
        sighting = sight(scene, camera, detector)
        if sighting is not None:
            sightings.append(sighting)
    return vote(sightings, pose.scale * _HALF_HEIGHT / 2.0) if sightings else None


def refine_pose(
    scene: Scene, pose: Similarity, template: np.ndarray, usable: np.ndarray, detector: FaceDetector, progress: Progress
) -> Similarity:
    """The pose (template to scene) from several views about the face instead of one."""
    middle = template[usable].mean(axis=0)
    for number in range(_POSE_ROUNDS):
        part = progress.part(number / _POSE_ROUNDS, (number + 1) / _POSE_ROUNDS)
        voted = look(scene, pose, middle, _POSE_VIEWS, detector, part)
        if voted is None or (voted.found & usable).sum() < 0.3 * usable.sum():
            break
        chosen = voted.found & usable
        pose = fit_similarity_robust(template[chosen], voted.points[chosen])
    return pose


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
    surface, closest = scene.surface, ExactClosest(scene.surface)
    scan_normals = vertex_normals(scene.mesh.vertices, scene.mesh.triangles)
    for step in range(_STEPS):
        if step % 10 == 0:
            progress.report(step / _STEPS, "Settling the pose")
        moved = pose.apply(points)
        met, weights_there = closest(moved)
        corners = surface.triangles[met]
        there = np.einsum("nk,nkd->nd", weights_there, scan_normals[corners])
        offset = np.einsum("nk,nkd->nd", weights_there, surface.vertices[corners]) - moved
        along = distance_gradients(offset / pose.scale, np.linalg.norm(offset, axis=1) / pose.scale, normalized(there))
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
        if max(moves) < _SETTLED:
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
