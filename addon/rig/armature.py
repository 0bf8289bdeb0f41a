# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature of a head: three bones per joint, so that joints follow identity while their controls stay free.

With a joint's rest position H, where the coefficients move it to J, and its rotation R, skinning needs the transform
T(J) R T(-J) below that of the parent joint. The bones of the joint "jaw" give it so:

MCH-jaw   has no parent; follows the joint's vertex (`joint_followers`), so that its offset from rest is J - H.
jaw       the control, child of the parent's DEF bone. A constraint adds J - H to its location, so that it stands where
          the joint is; rotation and location belong to the user.
DEF-jaw   child of the control, moved by H - J. It deforms the mesh.

The bones' local axes are the axes in which the model gives its rotations, which so copy straight in. For FLAME these
are x to the subject's left, y up and z forward: bones that point along +Z with roll 0.
"""

from __future__ import annotations

import bpy
import numpy as np

from . import bone_shapes
from .model_arrays import HeadModelArrays

FOLLOWER, DEFORM = "MCH-", "DEF-"
_BONE_METRES = 0.02
MODIFIER = "Armature"


def new_armature(name: str, model: HeadModelArrays, view_layer: bpy.types.ViewLayer) -> bpy.types.Object:
    """A new armature object with the model's bones, in the view layer's own collection, at the world's origin."""
    data = bpy.data.armatures.new(name)
    obj = bpy.data.objects.new(name, data)
    obj.show_in_front = True
    view_layer.layer_collection.collection.objects.link(obj)
    for other in view_layer.objects.selected:
        other.select_set(False)
    view_layer.objects.active = obj
    # Bones are made in Edit Mode alone; the new armature is the only one that enters it.
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        _add_bones(data, model)
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
    controls, mechanism = data.collections.new("Controls"), data.collections.new("Mechanism")
    mechanism.is_visible = False
    for bone in data.bones:
        (mechanism if bone.name.startswith((FOLLOWER, DEFORM)) else controls).assign(bone)
    for name in model.joint_names:
        # One axis at a time animates cleanly; drivers and constraints work in any mode.
        obj.pose.bones[name].rotation_mode = "XYZ"
        bone_shapes.dress(obj.pose.bones[name])
    return obj


def _add_bones(data: bpy.types.Armature, model: HeadModelArrays) -> None:
    for joint, name in enumerate(model.joint_names):
        for prefix in (FOLLOWER, "", DEFORM):
            bone = data.edit_bones.new(prefix + name)
            bone.head = model.joints[joint]
            bone.tail = model.joints[joint] + _BONE_METRES * model.joint_axes[joint, :, 1]
            bone.align_roll(model.joint_axes[joint, :, 2])
            bone.use_deform = prefix == DEFORM
        data.edit_bones[DEFORM + name].parent = data.edit_bones[name]
        if model.parents[joint] >= 0:
            data.edit_bones[name].parent = data.edit_bones[DEFORM + model.joint_names[model.parents[joint]]]


def follow(rig: bpy.types.Object, joints: bpy.types.Object, names: list[str]) -> None:
    """Constrain the bones to the joints' vertices; names : of the joints."""
    for name in names:
        to_vertex = rig.pose.bones[FOLLOWER + name].constraints.new("COPY_LOCATION")
        to_vertex.target, to_vertex.subtarget = joints, name
        to_joint = _copy_offset(rig, name, FOLLOWER + name)
        to_joint.use_offset = True
        back = _copy_offset(rig, DEFORM + name, FOLLOWER + name)
        back.invert_x = back.invert_y = back.invert_z = True


def _copy_offset(rig: bpy.types.Object, bone: str, source: str) -> bpy.types.CopyLocationConstraint:
    constraint = rig.pose.bones[bone].constraints.new("COPY_LOCATION")
    constraint.name = "Joint"
    constraint.target, constraint.subtarget = rig, source
    constraint.owner_space = constraint.target_space = "LOCAL"
    return constraint


def bind(head: bpy.types.Object, rig: bpy.types.Object, model: HeadModelArrays) -> None:
    """Skin a head's mesh to the DEF bones by linear blend skinning, as the model does."""
    for joint, name in enumerate(model.joint_names):
        group = head.vertex_groups.new(name=DEFORM + name)
        for weight, vertices in _equal_weights(model.weights[:, joint]):
            group.add(vertices, weight, "REPLACE")
    head.parent = rig
    modifier = head.modifiers.new(MODIFIER, "ARMATURE")
    modifier.object = rig
    modifier.use_deform_preserve_volume = False


def _equal_weights(weights: np.ndarray):
    """(weight, vertices) for every different weight above 0: vertex groups take many vertices of one weight at once."""
    weights = np.asarray(weights, np.float32)
    vertices = np.flatnonzero(weights > 0.0)
    vertices = vertices[np.argsort(weights[vertices], kind="stable")]
    values, starts = np.unique(weights[vertices], return_index=True)
    return [(float(value), part.tolist()) for value, part in zip(values, np.split(vertices, starts[1:]))]
