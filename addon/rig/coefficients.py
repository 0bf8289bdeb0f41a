# SPDX-License-Identifier: GPL-3.0-or-later
"""The sliders and bones of a rigged head: at rest, at random, as a fit found them."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Quaternion

from ..random_draws import EXPRESSION, IDENTITY, LIMIT, POSE, generator, truncated_normal
from .rigged_head import RiggedHead

# As `fitting.sampling` of the backend has them.
_EXPRESSION_SIGMA, _BLENDSHAPE_SHARE, _BLENDSHAPE_LARGEST = 0.5, 0.15, 0.8
_NECK_SIGMA, _JAW_OPEN, _JAW_SIDE, _EYE_SIGMA = 0.1, 0.13, 0.02, 0.1
_FLAME_JOINTS = ["neck", "jaw", "left_eye", "right_eye"]
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
    """A random head: the same seed gives the same one, which is the first of `headbridge sample` but for the turn of the
    whole head. A strength of 1 is usual, 0 leaves that part as it is."""
    if identity > 0.0:
        keys = rigged.keys("identity")
        _set(keys, identity * truncated_normal(len(keys), LIMIT, generator(seed, IDENTITY)))
    if expression > 0.0:
        keys, random = rigged.keys("expression"), generator(seed, EXPRESSION)
        if keys and keys[0].slider_min >= 0.0:
            on, strength = random.uniform(size=(len(keys), 2)).T
            _set(keys, expression * _BLENDSHAPE_LARGEST * strength * (on < _BLENDSHAPE_SHARE))
        else:
            _set(keys, expression * _EXPRESSION_SIGMA * truncated_normal(len(keys), LIMIT, random))
    if pose > 0.0:
        bones = rigged.bones()[1:]
        for bone, turn in zip(bones, _turns([bone.name for bone in bones], generator(seed, POSE))):
            set_axis_angle(bone, pose * turn)


def _set(keys: list[bpy.types.ShapeKey], values: np.ndarray) -> None:
    for key, value in zip(keys, values.tolist()):
        key.value = min(max(value, key.slider_min), key.slider_max)


def _turns(names: list[str], random: np.random.Generator) -> np.ndarray:
    """(J, 3) axis-angles of the joints below the root."""
    # That of the root, which is the object's own.
    random.normal(size=3)
    if names != _FLAME_JOINTS:
        # The joints of a spine share the turn of a neck.
        return random.normal(0.0, _NECK_SIGMA, (len(names), 3)) / np.sqrt(len(names))
    neck, jaw = (
        random.normal(0.0, _NECK_SIGMA, 3),
        (np.abs(random.normal(0.0, _JAW_OPEN)), *random.normal(0.0, _JAW_SIDE, 2)),
    )
    # Both eyes look the same way.
    gaze = (*random.normal(0.0, _EYE_SIGMA, 2), 0.0)
    return np.array([neck, jaw, gaze, gaze])


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
