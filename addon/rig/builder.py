# SPDX-License-Identifier: GPL-3.0-or-later
"""From a head model's arrays to a rigged head in the scene."""

from __future__ import annotations

import bpy

from .. import head_collection, head_library, mesh_arrays
from ..landmark_pairs import HEAD_KEY
from ..new_blocks import taken_back_on_failure
from . import armature, correctives, joint_followers, rigged_head, shape_keys
from .model_arrays import HeadModelArrays
from .rigged_head import RiggedHead


def build(model: HeadModelArrays, facts: dict, active: bpy.types.Collection) -> RiggedHead:
    """Add a head with its keys, armature and drivers at the world's origin, in a collection of its own inside the
    active one; takes everything back when it fails.

    facts : topology, name, label and version, kept with the object."""
    with taken_back_on_failure():
        return _build(model, facts, head_collection.new_for_head(facts["name"], active))


def _build(model: HeadModelArrays, facts: dict, collection: bpy.types.Collection) -> RiggedHead:
    view_layer = bpy.context.view_layer
    rig = armature.new_armature(f"{facts['name']} Rig", model, view_layer)
    head = new_head(facts["name"], model)
    names = shape_keys.add_keys(head, model.template, model.names, model.deltas, model.lower, model.upper)
    joints = joint_followers.add(head, rig, model, names)
    if joints is not None:
        collection.objects.link(joints)
        armature.follow(rig, joints, model.joint_names)
    armature.bind(head, rig, model)
    corrective_names = correctives.add(head, rig, model)
    head[HEAD_KEY] = facts["topology"]
    kinds = {kind: [name for name, its in zip(names, model.kinds) if its == kind] for kind in set(model.kinds)}
    facts = {**facts, "joints": model.joint_names, "keys": {**kinds, "corrective": corrective_names}}
    rigged_head.note(head, facts)
    collection.objects.link(head)
    collection.objects.link(rig)
    view_layer.layer_collection.collection.objects.unlink(rig)
    return RiggedHead(head, rig, facts)


def new_head(name: str, model: HeadModelArrays) -> bpy.types.Object:
    """The object of a model's template, in no collection yet."""
    arrays = model.mesh
    mesh = mesh_arrays.new_mesh(name, model.template, arrays.corners, arrays.face_sizes)
    mesh_arrays.add_uv_layer(mesh, arrays.uvs)
    mesh_arrays.mark_seams(mesh, mesh_arrays.uv_seams(arrays.corners, arrays.face_sizes, arrays.uvs))
    head_library.dress_parts(mesh, arrays)
    return bpy.data.objects.new(name, mesh)
