# SPDX-License-Identifier: GPL-3.0-or-later
"""The sliders and bones of a rigged head: at rest, at random, as a fit found them."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Quaternion

from .rigged_head import RiggedHead

# Blendshapes (0..1) are mostly near 0: so many of them take part in a random expression.
_ACTIVE = 0.25
_COEFFICIENT_SIGMA = {"identity": 1.0, "expression": 0.5, "larynx": 0.5}
_NECK_SIGMA, _JAW_SIGMA, _GAZE_SIGMA = 0.12, 0.12, 0.2
_SHAPING = ("identity", "expression", "larynx", "arkit")


def reset(rigged: RiggedHead) -> None:
    """All coefficients to 0, all joints to rest. What drives a slider or a bone goes on driving it."""
    for key in rigged.keys(*_SHAPING):
        key.value = 0.0
    for bone in rigged.bones():
        bone.location = (0.0, 0.0, 0.0)
        bone.scale = (1.0, 1.0, 1.0)
        set_rotation(bone, Quaternion())


def randomise(rigged: RiggedHead, seed: int, identity: float, expression: float, pose: float) -> None:
    """A random head: the same seed gives the same one. A strength of 1 is usual, 0 leaves that part as it is."""
    random = np.random.default_rng(seed)
    for kind, strength in (("identity", identity), ("expression", expression), ("larynx", identity)):
        keys = rigged.keys(kind)
        draws, chosen = random.normal(size=len(keys)), random.uniform(size=len(keys)) < _ACTIVE
        if strength > 0.0:
            for key, draw, active in zip(keys, draws, chosen):
                value = strength * _COEFFICIENT_SIGMA[kind] * float(draw)
                if key.slider_min >= 0.0:
                    value = abs(value) if active else 0.0
                key.value = min(max(value, key.slider_min), key.slider_max)
    turns = {"jaw": (_JAW_SIGMA * abs(random.normal()), 0.0, 0.0)}
    turns["left_eye"] = turns["right_eye"] = (*(_GAZE_SIGMA * random.normal(size=2)), 0.0)
    bones = rigged.bones()[1:]
    bending = [bone.name for bone in bones if bone.name not in turns]
    for bone in bones:
        # The joints of a spine share the turn of a neck.
        other = _NECK_SIGMA / np.sqrt(len(bending)) * random.normal(size=3)
        if pose > 0.0:
            set_axis_angle(bone, pose * np.asarray(turns.get(bone.name, other)))


def set_axis_angle(bone: bpy.types.PoseBone, vector: np.ndarray) -> None:
    """Turn a bone by an axis-angle vector in radians about its own axes."""
    angle = float(np.linalg.norm(vector))
    set_rotation(bone, Quaternion(vector, angle) if angle > 0.0 else Quaternion())


def set_rotation(bone: bpy.types.PoseBone, turn: Quaternion) -> None:
    """Set a bone's rotation in whichever mode it has."""
    if bone.rotation_mode == "QUATERNION":
        bone.rotation_quaternion = turn
    elif bone.rotation_mode == "AXIS_ANGLE":
        axis, angle = turn.to_axis_angle()
        bone.rotation_axis_angle = (angle, *axis)
    else:
        bone.rotation_euler = turn.to_euler(bone.rotation_mode)
