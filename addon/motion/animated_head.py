# SPDX-License-Identifier: GPL-3.0-or-later
"""A rigged head with the curves of a performance."""

from __future__ import annotations

import bpy
import numpy as np

from .. import mesh_arrays
from ..rig import builder, model_arrays, rigged_head, shape_keys
from ..rig.rigged_head import RiggedHead
from . import curves
from .curves import Curve, curves_of

OFFSETS = "offset"


def build(arrays: dict[str, np.ndarray], facts: dict, frames: np.ndarray, active: bpy.types.Collection) -> RiggedHead:
    """The head of the task "animated_head" at the world's origin, in a collection of its own inside the active one, keyed
    at (T,) frames of the scene.

    facts : topology, name, label and version."""
    model = model_arrays.read(arrays)
    made = builder.build(model, facts, active)
    _add_offsets(made, model, arrays)
    keys = _key_curves(made, model.names, arrays["values"], frames) + _offset_curves(
        made, arrays["offset_rows"], frames
    )
    curves.write(
        f"{facts['name']} Action", [(made.head.data.shape_keys, keys), (made.rig, _bone_curves(made, arrays, frames))]
    )
    return rigged_head.find(made.head)


def _add_offsets(made: RiggedHead, model: model_arrays.HeadModelArrays, arrays: dict[str, np.ndarray]) -> None:
    names = [f"{OFFSETS} {arrays['frame_names'][row]}" for row in arrays["offset_rows"]]
    count = len(names)
    deltas = model_arrays.displacements(arrays["offsets"])
    given = shape_keys.add_keys(made.head, model.template, names, deltas, [0.0] * count, [1.0] * count)
    rigged_head.note_keys(made.head, OFFSETS, given)


def _key_curves(made: RiggedHead, names: list[str], values: np.ndarray, frames: np.ndarray) -> list[Curve]:
    blocks, found = made.head.data.shape_keys.key_blocks, []
    for name, column in zip(names, values.T):
        if column.any():
            blocks[name].value = column[0]
            found.append(Curve(value_path(name), 0, frames, column))
    return found


def _offset_curves(made: RiggedHead, rows: np.ndarray, frames: np.ndarray) -> list[Curve]:
    """Every offset is whole in its own frame and gone in the next ones, so that motion between them is straight."""
    names, found = rigged_head.find(made.head).facts["keys"].get(OFFSETS, []), []
    for name, row in zip(names, rows):
        around = np.arange(max(row - 1, 0), min(row + 2, len(frames)))
        found.append(Curve(value_path(name), 0, frames[around], (around == row).astype(np.float64)))
    return found


def value_path(key: str) -> str:
    """Where a shape key's value is, from the keys."""
    return f'key_blocks["{bpy.utils.escape_identifier(key)}"].value'


def _bone_curves(made: RiggedHead, arrays: dict[str, np.ndarray], frames: np.ndarray) -> list[Curve]:
    found, bones = [], made.bones()
    for bone, turns in zip(bones, arrays["quaternions"].swapaxes(0, 1)):
        bone.rotation_mode = "QUATERNION"
        found += curves_of(f"{bone_path(bone)}.rotation_quaternion", frames, turns, bone.name)
    root = bones[0]
    axes = np.array(root.bone.matrix_local.to_3x3(), np.float64)
    place = mesh_arrays.from_canonical(arrays["place"]) @ axes
    found += curves_of(f"{bone_path(root)}.location", frames, place, root.name)
    if (arrays["scale"] != 1.0).any():
        scale = np.repeat(arrays["scale"][:, None], 3, axis=1)
        found += curves_of(f"{bone_path(root)}.scale", frames, scale, root.name)
    return found


def bone_path(bone: bpy.types.PoseBone) -> str:
    """Where a bone's properties are, from the armature object."""
    return f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"]'
