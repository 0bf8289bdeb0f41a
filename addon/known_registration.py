# SPDX-License-Identifier: GPL-3.0-or-later
"""Registrations the user has made before: where one head's vertices lie on another, for jobs that need to know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import bpy
import numpy as np
from mathutils import Matrix

from . import heat_map, mesh_arrays, picked, result_object, seen_meshes, verdict
from .landmark_pairs import LandmarkPairs
from .mesh_arrays import MeshArrays

# Pairs that hold a result where pins do not correct it: how many, and how far from the pins, as a share of its size.
_HELD, _AWAY = 40, 0.2


def find(
    source: bpy.types.Object, target: bpy.types.Object, source_arrays: MeshArrays, target_arrays: MeshArrays
) -> MeshArrays | None:
    """The source's mesh lying on the target, or the target's lying on the source, as a result of Register has it.

    Canonical frame, where the objects stand now; the arrays are the two meshes' own. None
    when there is no such result, or the mesh it lies on has another shape since."""
    for result, ground, arrays in _usable(source, target, source_arrays, target_arrays):
        return replace(arrays, vertices=_vertices(result, ground))
    return None


def verdict_on(
    source: bpy.types.Object, target: bpy.types.Object, source_arrays: MeshArrays, target_arrays: MeshArrays
) -> dict | None:
    """The verdict on the registration that `find` gives; None without one, or when it was not judged."""
    for result, _ground, _arrays in _usable(source, target, source_arrays, target_arrays):
        return verdict.of(result_object.answer_of(result))
    return None


def _usable(
    source: bpy.types.Object, target: bpy.types.Object, source_arrays: MeshArrays, target_arrays: MeshArrays
) -> Iterator[tuple[bpy.types.Object, bpy.types.Object, MeshArrays]]:
    """Results of one of the two on the other, the object it lies on, and the arrays of the one that lies there."""
    for lying, ground, arrays in ((source, target, source_arrays), (target, source, target_arrays)):
        for result in _results_of(lying, ground):
            if mesh_arrays.same_size(result.data, arrays):
                yield result, ground, arrays


def head_on(ground: bpy.types.Object) -> MeshArrays | None:
    """Some head as a result of Register has it lying on an object, where that stands now; None without such a result."""
    for result in _results_of(None, ground):
        return replace(mesh_arrays.read_object(result), vertices=_vertices(result, ground))
    return None


def holding(
    source: bpy.types.Object, target: bpy.types.Object, source_arrays: MeshArrays, pins: LandmarkPairs
) -> LandmarkPairs | None:
    """Pins that correct a result of Register of these two, with pairs that hold the result where it is elsewhere: spread
    over all of it that has a counterpart, away from the pins. None without such a result."""
    for result in _results_of(source, target):
        if not mesh_arrays.same_size(result.data, source_arrays):
            continue
        lying = _vertices(result, target)
        away = _AWAY * float(np.ptp(lying, axis=0).max())
        apart = np.linalg.norm(lying[:, None] - pins.target[None], axis=2).min(axis=1)
        free = np.flatnonzero(np.isfinite(heat_map.distances(result.data)) & (apart > away))
        chosen = free[_spread(lying[free], _HELD)]
        return LandmarkPairs(
            np.concatenate([pins.source, source_arrays.vertices[chosen]]),
            np.concatenate([pins.target, lying[chosen]]),
            (*pins.names, *(f"held {number}" for number in range(len(chosen)))),
        )
    return None


def _spread(points: np.ndarray, count: int) -> list[int]:
    """Which `count` of (N, 3) points lie far from each other: always the one that is farthest from those before it."""
    if not len(points):
        return []
    chosen, apart = [], np.full(len(points), np.inf)
    for _number in range(min(count, len(points))):
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return chosen


def _results_of(lying: bpy.types.Object | None, ground: bpy.types.Object) -> list[bpy.types.Object]:
    """Usable results of one object, or any, on another; the one shown in the panel comes first."""
    shape = seen_meshes.shape_digest(ground)
    found = []
    for obj in bpy.data.objects:
        answer = result_object.answer_of(obj)
        if answer is None or picked.in_a_scene(obj) is None or result_object.target_of(obj) != ground:
            continue
        if lying is not None and result_object.source_of(obj) != lying:
            continue
        if answer.get("target_place", {}).get("shape") == shape:
            found.append(obj)
    return sorted(found, key=lambda obj: obj != bpy.context.scene.headbridge.result)


def _vertices(result: bpy.types.Object, ground: bpy.types.Object) -> np.ndarray:
    """(V, 3) registered vertices, moved along with the object they lie on."""
    answer = result_object.answer_of(result)
    # The result itself may have been moved away to be looked at, so its matrix then is taken, not its matrix now.
    moved = ground.matrix_world @ Matrix(answer["target_place"]["matrix"]).inverted() @ Matrix(answer["matrix"])
    return mesh_arrays.to_canonical(mesh_arrays.transform_points(moved, result_object.registered_vertices(result)))
