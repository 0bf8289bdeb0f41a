"""Fits in Blender with the real backend: a rigged head comes out that is the mesh it was fitted to."""

from __future__ import annotations

import json

import bpy
import numpy as np
import pytest
from mathutils import Matrix


def points(vertices) -> np.ndarray:
    values = np.empty(3 * len(vertices), np.float32)
    vertices.foreach_get("co", values)
    return values.reshape(-1, 3).astype(np.float64)


def in_world(obj) -> np.ndarray:
    """(V, 3) evaluated vertices in the world, metres."""
    bpy.context.view_layer.update()
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    matrix = np.array(evaluated.matrix_world, np.float64)
    return points(evaluated.data.vertices) @ matrix[:3, :3].T + matrix[:3, 3]


def test_known_coefficients_come_back_as_a_rig_where_the_mesh_is():
    bpy.ops.headbridge.add_rigged_head(model="hack", identity_count=8, expression_count=57)
    known = bpy.context.object
    given = {"identity000": 1.2, "identity003": -0.8, "identity007": 0.5, "jawOpen": 0.6, "mouthSmile_L": 0.4}
    for name, value in given.items():
        known.data.shape_keys.key_blocks[name].value = value
    known.parent.matrix_world = Matrix.Translation((0.4, -1.0, 2.0)) @ Matrix.Rotation(0.7, 4, (0.3, 0.5, 0.8))
    bpy.ops.headbridge.bake_rig(what="MESH")
    mesh = bpy.context.object
    wanted = in_world(mesh)

    assert bpy.ops.headbridge.fit_mesh() == {"FINISHED"}
    head = bpy.context.object
    assert head != mesh and head.parent.type == "ARMATURE"
    np.testing.assert_allclose(in_world(head), wanted, rtol=0.0, atol=0.05e-3)
    np.testing.assert_array_equal(in_world(mesh), wanted)
    keys = head.data.shape_keys.key_blocks
    for name, value in given.items():
        assert keys[name].value == pytest.approx(value, abs=0.01)
    assert json.loads(head["headbridge_fit"])["model"]["key"] == "hack"
