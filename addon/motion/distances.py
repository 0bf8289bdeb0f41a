# SPDX-License-Identifier: GPL-3.0-or-later
"""Two performances of one topology, compared frame by frame."""

from __future__ import annotations

import bpy
import numpy as np

from ..mesh_arrays import MM_PER_METRE, MeshError, foreach_floats
from . import curves
from .curves import Curve

# Custom property of the compared mesh, keyed: mean distance of its vertices from the other's, in mm.
DISTANCE_KEY = "distance_mm"

# Of the alignment; distances below the second (m) are rounding.
_ROUNDS, _LEAST = 12, 1e-6


def measure(
    obj: bpy.types.Object, other: bpy.types.Object, frames: np.ndarray, scene: bpy.types.Scene, as_shapes: bool
) -> np.ndarray:
    """(T,) mean distance in mm of the vertices of two meshes at whole frames, each in its own rig's space; as_shapes :
    after the best turn and move of one onto the other, so that only the faces count. The scene is left at its frame.

    Raises `MeshError` for meshes of different vertices."""
    if len(obj.data.vertices) != len(other.data.vertices):
        raise MeshError(
            f"'{obj.name}' has {len(obj.data.vertices)} vertices, '{other.name}' {len(other.data.vertices)}; only heads of "
            "one topology can be compared."
        )
    present, found = scene.frame_current, []
    try:
        for frame in frames.tolist():
            scene.frame_set(frame)
            a, b = _shown(obj), _shown(other)
            found.append(np.linalg.norm((_onto(a, b) if as_shapes else a) - b, axis=1).mean())
    finally:
        scene.frame_set(present)
    return MM_PER_METRE * np.array(found)


def keep(obj: bpy.types.Object, frames: np.ndarray, distances: np.ndarray) -> None:
    """Key the distances as a custom property of the mesh object, which the graph editor shows as a curve."""
    obj[DISTANCE_KEY] = float(distances[0])
    data = obj.animation_data
    if data is not None and data.action is not None:
        bpy.data.actions.remove(data.action)
    curves.write(f"{obj.name} Distance", [(obj, [Curve(f'["{DISTANCE_KEY}"]', 0, frames.astype(float), distances)])])


def _shown(obj: bpy.types.Object) -> np.ndarray:
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    return foreach_floats(mesh.vertices, "co", 3).astype(np.float64)


def _onto(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Points after the turn and move that bring most of them onto the target (Kabsch, 1976): Geman-McClure weights at
    three times the median distance, so that a mouth that opens does not tilt the head."""
    weights, moved = np.full(len(points), 1.0 / len(points)), points
    for _ in range(_ROUNDS):
        middle, goal = weights @ points, weights @ target
        left, _sizes, right = np.linalg.svd((weights[:, None] * (points - middle)).T @ (target - goal))
        signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
        moved = (points - middle) @ (left * signs) @ right + goal
        distance = np.linalg.norm(moved - target, axis=1)
        weights = (1.0 + (distance / max(3.0 * np.median(distance), _LEAST)) ** 2) ** -2.0
        weights /= weights.sum()
    return moved
