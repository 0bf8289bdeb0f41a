# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves of ARKit's blendshapes, on any head that has keys of their names, and read from one."""

from __future__ import annotations

import bpy
import numpy as np

from ..mesh_arrays import MeshError
from ..rig import gaze, rigged_head
from ..rig.arkit_names import ARKIT_NAMES
from . import curves
from .animated_head import bone_path, value_path
from .curves import Curve, curves_of

# Live Link Face's columns: the turn of a joint as R = Ry(yaw) Rx(pitch) Rz(roll), radians.
_ANGLES = {"root": "Head", "left_eye": "LeftEye", "right_eye": "RightEye"}


def keyed_names(obj: bpy.types.Object | None) -> list[str]:
    """The names of an object's keys that are ARKit's."""
    keys = obj.data.shape_keys if obj is not None and obj.type == "MESH" else None
    return [key.name for key in keys.key_blocks if key.name in ARKIT_NAMES] if keys is not None else []


def head_with_keys(obj: bpy.types.Object | None) -> bpy.types.Object:
    """The object, or the head of a rig, if it has keys of ARKit's names; raises `MeshError` for others."""
    rigged = rigged_head.find(obj)
    head = obj if rigged is None else rigged.head
    if not keyed_names(head):
        name = f"'{head.name}' has no shape keys of ARKit's names" if head is not None else "No head is selected"
        raise MeshError(f"{name}; select a head that has them (Add ARKit Keys makes them).")
    return head


def head_to_export(obj: bpy.types.Object | None) -> bpy.types.Object:
    """The object, or the head of a rig, if it has keys of ARKit's names, or FLAME's expressions, which are made into such;
    raises `MeshError` for others."""
    rigged = rigged_head.find(obj)
    return rigged.head if _has_codes(rigged) else head_with_keys(obj)


def _has_codes(rigged: rigged_head.RiggedHead | None) -> bool:
    """Whether a head speaks by FLAME's expressions alone, some of which may have ARKit's names."""
    if rigged is None or rigged.facts["topology"] != "flame":
        return False
    return bool(rigged.keys("expression")) and not rigged.keys("arkit")


def apply(obj: bpy.types.Object, arrays: dict[str, np.ndarray], frames: np.ndarray) -> list[str]:
    """Key the object's ARKit keys, and of a rigged head the joints, at (T,) frames of the scene; what animated it before
    is kept as an action of its own. Returns what could not be keyed, one sentence each."""
    blocks, found, missing = obj.data.shape_keys.key_blocks, [], []
    for name, values in zip(arrays["names"].tolist(), arrays["values"].T):
        if name not in blocks:
            missing += [name] if values.any() else []
            continue
        key = blocks[name]
        key.slider_min, key.slider_max = min(key.slider_min, values.min()), max(key.slider_max, values.max())
        found.append(Curve(value_path(name), 0, frames, values))
    notes = [f"'{obj.name}' has no key {', '.join(missing)}."] if missing else []
    rigged, turned = rigged_head.find(obj), []
    joints = dict(zip(arrays["joint_names"].tolist(), arrays["quaternions"].swapaxes(0, 1)))
    for bone in rigged.bones() if rigged is not None else []:
        # Eyes that follow the keys would turn twice.
        if bone.name in joints and not gaze.follows_keys(bone):
            bone.rotation_mode = "QUATERNION"
            turned += curves_of(f"{bone_path(bone)}.rotation_quaternion", frames, joints[bone.name], bone.name)
    if rigged is None and "root" in joints:
        notes.append(f"'{obj.name}' has no bones, so that the turn of the head was left out.")
    owners = [(obj.data.shape_keys, found)] + ([(rigged.rig, turned)] if rigged is not None else [])
    curves.write(f"{obj.name} ARKit", owners)
    return notes


def read(obj: bpy.types.Object, numbers: np.ndarray, scene: bpy.types.Scene) -> dict[str, np.ndarray]:
    """The keys and joints of an object with ARKit's keys, or of a rigged head with FLAME's expressions, as they play in
    frames (T,) of the scene: the arrays of a sequence.npz. The scene is left at its frame."""
    names, rigged = keyed_names(obj), rigged_head.find(obj)
    if _has_codes(rigged):
        return _read_codes(rigged, numbers, scene)
    bones = [bone.name for bone in rigged.bones() if bone.name in _ANGLES] if rigged is not None else []
    values, angles, present = [], [], scene.frame_current
    try:
        for number in numbers.tolist():
            scene.frame_set(number)
            graph = bpy.context.evaluated_depsgraph_get()
            blocks = obj.evaluated_get(graph).data.shape_keys.key_blocks
            values.append([blocks[name].value for name in names])
            pose = rigged.rig.evaluated_get(graph).pose.bones if bones else {}
            turns = [pose[name].matrix_basis.to_euler("ZXY") for name in bones]
            angles.append([angle for turn in turns for angle in (turn.y, turn.x, turn.z)])
    finally:
        scene.frame_set(present)
    arrays = {
        "format": np.array("headbridge sequence 1"),
        "source": np.array(obj.name),
        "model": np.array("arkit"),
        "version": np.array("ARKit-52"),
        "frame_ids": numbers,
        "expression_names": np.array(names, np.str_),
        "expression": np.array(values, np.float64),
    }
    if bones:
        arrays["curve_names"] = np.array(
            [f"{_ANGLES[name]}{angle}" for name in bones for angle in ("Yaw", "Pitch", "Roll")], np.str_
        )
        arrays["curves"] = np.array(angles, np.float64)
    return arrays


def _read_codes(rigged: rigged_head.RiggedHead, numbers: np.ndarray, scene: bpy.types.Scene) -> dict[str, np.ndarray]:
    """FLAME's expression, eyelids and joints of a rigged head in frames (T,), as the arrays of a sequence.npz."""
    names, present = [key.name for key in rigged.keys("expression")], scene.frame_current
    lids = [key.name for key in rigged.keys("eyelid")]
    values, shut, turns = [], [], []
    try:
        for number in numbers.tolist():
            scene.frame_set(number)
            graph = bpy.context.evaluated_depsgraph_get()
            blocks = rigged.head.evaluated_get(graph).data.shape_keys.key_blocks
            values.append([blocks[name].value for name in names])
            shut.append([blocks[name].value for name in lids])
            pose = rigged.rig.evaluated_get(graph).pose.bones
            joints = [pose[bone.name].matrix_basis.to_quaternion() for bone in rigged.bones()]
            turns.append([tuple(joint.to_exponential_map()) for joint in joints])
    finally:
        scene.frame_set(present)
    numbered = all(name[-3:].isdigit() for name in names)
    eyelids = {"eyelids": np.array(shut, np.float64), "eyelid_stage": np.array("before skinning")} if lids else {}
    return eyelids | {
        "format": np.array("headbridge sequence 1"),
        "source": np.array(rigged.head.name),
        "model": np.array("flame"),
        "version": np.array(rigged.facts["version"]),
        "topology": np.array("flame"),
        "frame_ids": numbers,
        "expression": np.array(values, np.float64),
        "expression_names": np.array([] if numbered else names, np.str_),
        "joint_names": np.array([bone.name for bone in rigged.bones()], np.str_),
        "rotations": np.array(turns, np.float64),
    }
