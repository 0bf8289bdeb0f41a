# SPDX-License-Identifier: GPL-3.0-or-later
"""Joints that move with the coefficients, without Edit Mode and without scripts.

A hidden object has one loose vertex per joint and the head's own keys with the joints' displacements, each driven by
the head's key of the same name. A bone without parent follows each vertex: its offset from its rest position is what
the coefficients move the joint by. See `armature` for what the bones make of it.
"""

from __future__ import annotations

import bpy
import numpy as np

from . import rigged_head, shape_keys
from .model_arrays import HeadModelArrays
from .rigged_head import RiggedHead


def add(
    head: bpy.types.Object, rig: bpy.types.Object, model: HeadModelArrays, key_names: list[str]
) -> bpy.types.Object | None:
    """The object of the joints, child of the armature object; None for a model whose joints stay.

    key_names : the head's keys, in the model's order."""
    moving = np.flatnonzero(np.any(model.joint_deltas != 0.0, axis=(1, 2)))
    if not len(moving):
        return None
    mesh = bpy.data.meshes.new(f"{rig.name} Joints")
    mesh.vertices.add(len(model.joints))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(model.joints, np.float32).ravel())
    obj = bpy.data.objects.new(mesh.name, mesh)
    obj.parent = rig
    obj.hide_viewport = obj.hide_render = obj.hide_select = True
    for number, name in enumerate(model.joint_names):
        obj.vertex_groups.new(name=name).add([number], 1.0, "REPLACE")
    names = [key_names[number] for number in moving]
    shape_keys.add_keys(obj, model.joints, names, model.joint_deltas[moving], model.lower[moving], model.upper[moving])
    for name in names:
        follow_key(mesh.shape_keys.key_blocks[name], head.data.shape_keys)
    return obj


def are_shared(rigged: RiggedHead) -> bool:
    """Whether the joints follow another head: so they do after a rig was duplicated in Blender, which leaves hidden
    objects behind."""
    joints = rigged_head.joints_of(rigged)
    return joints is not None and joints.parent != rigged.rig


def make_own(rigged: RiggedHead) -> None:
    """Give a duplicated rig joints of its own, which follow its own head."""
    shared = rigged_head.joints_of(rigged)
    own = shared.copy()
    own.data = shared.data.copy()
    own.parent = rigged.rig
    for collection in rigged.rig.users_collection:
        collection.objects.link(own)
    for key in own.data.shape_keys.key_blocks[1:]:
        key.driver_remove("value")
        follow_key(key, rigged.head.data.shape_keys)
    for bone in rigged.rig.pose.bones:
        for constraint in bone.constraints:
            if constraint.type == "COPY_LOCATION" and constraint.target == shared:
                constraint.target = own


def rename_keys(rigged: RiggedHead, renamed: dict[str, str]) -> None:
    """Name the joints' keys as the head's keys are named now, and let them follow these.

    Blender corrects a driver's path when a key is renamed, but 5.3 takes the driver for broken from then on: it is made
    anew. renamed : new names by old ones."""
    joints = rigged_head.joints_of(rigged)
    if joints is None:
        return
    for key in joints.data.shape_keys.key_blocks[1:]:
        if key.name in renamed:
            key.driver_remove("value")
            key.name = renamed[key.name]
            follow_key(key, rigged.head.data.shape_keys)


def follow_key(key: bpy.types.ShapeKey, leader: bpy.types.Key) -> None:
    """Give a key the value of the key of the same name on another mesh."""
    driver = key.driver_add("value").driver
    driver.type = "AVERAGE"
    variable = driver.variables.new()
    variable.type = "SINGLE_PROP"
    target = variable.targets[0]
    target.id_type = "KEY"
    target.id = leader
    target.data_path = f'key_blocks["{bpy.utils.escape_identifier(key.name)}"].value'
