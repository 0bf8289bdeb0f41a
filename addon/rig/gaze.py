# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that follow ARKit's eyeLook keys, besides what the animator turns them by.

The keys themselves move the lids. They also turn the bone that follows the joint (`armature.FOLLOWER`), which has no
other use for its rotation, and the control adds that turn to its own.
"""

from __future__ import annotations

import bpy
import numpy as np

from . import armature
from .rigged_head import RiggedHead

# How far a whole key turns the eye: up or down about the bone's x axis, in or out about its y axis.
_VERTICAL, _HORIZONTAL = np.radians(25.0), np.radians(35.0)
_EYES = {"left_eye": ("Left", "Out", "In"), "right_eye": ("Right", "In", "Out")}
_CONSTRAINT = "Gaze"


def follow_keys(rigged: RiggedHead) -> None:
    """Let the eyes of a rigged head with ARKit's keys follow them; does nothing where they do or there are none."""
    keys = rigged.head.data.shape_keys
    for eye, (side, to_left, to_right) in _EYES.items():
        wanted = [f"eyeLook{way}{side}" for way in ("Down", "Up", to_left, to_right)]
        control = rigged.rig.pose.bones.get(eye)
        if control is None or follows_keys(control) or any(n not in keys.key_blocks for n in wanted):
            continue
        follower = rigged.rig.pose.bones[armature.FOLLOWER + eye]
        follower.rotation_mode = "XYZ"
        _drive(follower, 0, _VERTICAL, keys, *wanted[:2])
        _drive(follower, 1, _HORIZONTAL, keys, *wanted[2:])
        constraint = control.constraints.new("COPY_ROTATION")
        constraint.name, constraint.mix_mode = _CONSTRAINT, "BEFORE"
        constraint.target, constraint.subtarget = rigged.rig, follower.name
        constraint.owner_space = constraint.target_space = "LOCAL"


def follows_keys(bone: bpy.types.PoseBone) -> bool:
    """Whether a control follows ARKit's keys."""
    return _CONSTRAINT in bone.constraints


def _drive(bone: bpy.types.PoseBone, axis: int, angle: float, keys: bpy.types.Key, more: str, less: str) -> None:
    """Turn a bone about an axis by the difference of two keys."""
    driver = bone.driver_add("rotation_euler", axis).driver
    driver.type = "SCRIPTED"
    for name, key in (("more", more), ("less", less)):
        variable = driver.variables.new()
        variable.name, variable.type = name, "SINGLE_PROP"
        target = variable.targets[0]
        target.id_type, target.id = "KEY", keys
        target.data_path = f'key_blocks["{key}"].value'
    driver.expression = f"{angle:.6f} * (more - less)"
