"""A layout for a target that had to be repaired, on the target as it came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..mesh import Mesh
from ..spatial.preparation import PreparedMesh
from .job import UvInput, UvResult


def with_prepared_target(inputs: UvInput, prepared: PreparedMesh) -> UvInput:
    """The inputs with the repaired target, and where the registered mesh has the target's faces with that too."""
    registered = inputs.registered
    if registered is not None and np.array_equal(registered.corners, inputs.target.corners):
        registered = replace(prepared.mesh, vertices=registered.vertices[prepared.vertex_of], name=registered.name)
    return replace(inputs, target=prepared.mesh, registered=registered)


def on_original(result: UvResult, prepared: PreparedMesh, target: Mesh) -> UvResult:
    """A result on the repaired target transferred to the target's own corners, vertices and triangles.

    A face that was left out takes the UVs of its neighbours' corners, or lies in one point where a corner has none."""
    problems = np.zeros(len(target.triangles), bool)
    problems[prepared.triangle_of] = result.problem_triangles
    return UvResult(
        _original_corner_uvs(result.corner_uvs, prepared, target),
        prepared.onto_original(result.matched, missing=False),
        problems,
        result.layout_name,
        result.metrics,
        [*prepared.notes, *result.notes],
        result.verdict,
    )


def _original_corner_uvs(corner_uvs: np.ndarray, prepared: PreparedMesh, target: Mesh) -> np.ndarray:
    uvs = np.zeros((len(target.corners), 2), np.float32)
    covered = np.zeros(len(uvs), bool)
    # Backwards, so that where one corner became several the first decides.
    uvs[prepared.corner_of[::-1]] = corner_uvs[::-1]
    covered[prepared.corner_of] = True
    at_vertex = np.zeros((len(prepared.mesh.vertices), 2), np.float32)
    at_vertex[prepared.mesh.corners[::-1]] = corner_uvs[::-1]
    vertex = prepared.prepared_of[target.corners]
    known = covered | (vertex >= 0)
    uvs[~covered & known] = at_vertex[vertex[~covered & known]]
    face = np.repeat(np.arange(len(target.face_sizes)), target.face_sizes)
    torn = np.bincount(face[~known], minlength=len(target.face_sizes)) > 0
    for number in np.flatnonzero(torn):
        corners = target.face_starts[number] + np.arange(target.face_sizes[number])
        anchor = corners[known[corners]]
        uvs[corners[~covered[corners]]] = uvs[anchor[0]] if len(anchor) else 0.0
    return uvs
