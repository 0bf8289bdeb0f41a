# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose correctives: shape keys whose values are entries of the joints' rotation matrices minus the identity."""

from __future__ import annotations

import bpy

from . import shape_keys
from .model_arrays import HeadModelArrays

# R - 1 of the quaternion (w, x, y, z), row by row. So plain an expression Blender evaluates without Python.
_ENTRIES = (
    ("-2*(y*y+z*z)", "2*(x*y-w*z)", "2*(x*z+w*y)"),
    ("2*(x*y+w*z)", "-2*(x*x+z*z)", "2*(y*z-w*x)"),
    ("2*(x*z-w*y)", "2*(y*z+w*x)", "-2*(x*x+y*y)"),
)
# Entries of R - 1 lie within -2 and 1.
_RANGE = (-2.0, 1.0)


def add(head: bpy.types.Object, rig: bpy.types.Object, model: HeadModelArrays) -> list[str]:
    """Add the model's correctives to the head, driven by the armature's controls; returns the keys' names."""
    entries = [(model.joint_names[joint], row, column) for joint, row, column in model.corrective_entries.tolist()]
    names = [f"pose_{joint}_{row}{column}" for joint, row, column in entries]
    count = len(names)
    names = shape_keys.add_keys(
        head, model.template, names, model.correctives, [_RANGE[0]] * count, [_RANGE[1]] * count
    )
    for name, (joint, row, column) in zip(names, entries):
        _drive(head.data.shape_keys.key_blocks[name], rig, joint, _ENTRIES[row][column])
    return names


def _drive(key: bpy.types.ShapeKey, rig: bpy.types.Object, bone: str, expression: str) -> None:
    driver = key.driver_add("value").driver
    driver.type = "SCRIPTED"
    for letter in "wxyz":
        if letter in expression:
            variable = driver.variables.new()
            variable.name, variable.type = letter, "TRANSFORMS"
            target = variable.targets[0]
            target.id, target.bone_target = rig, bone
            target.transform_type, target.rotation_mode = f"ROT_{letter.upper()}", "QUATERNION"
            target.transform_space = "LOCAL_SPACE"
    driver.expression = expression
