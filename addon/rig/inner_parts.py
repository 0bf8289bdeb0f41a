# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth, gums, tongue, lashes and eyes as an object beside a rigged head, which follows its sliders and bones."""

from __future__ import annotations

import bpy
import numpy as np

from . import armature, correctives, joint_followers, model_arrays, shape_keys
from .builder import new_head
from .model_arrays import HeadModelArrays
from .rigged_head import RiggedHead

PARTS_KEY = "headbridge_inner_parts"
_PREFIX = "parts_"
# Keys that move the parts by less do not concern them (metres).
_STILL = 1e-7


def given(arrays: dict[str, np.ndarray]) -> HeadModelArrays | None:
    """The inner parts of a model's file, None where it has none; raises `BackendError` for damaged ones."""
    found = {name.removeprefix(_PREFIX): array for name, array in arrays.items() if name.startswith(_PREFIX)}
    return model_arrays.read(found) if found else None


def add(rigged: RiggedHead, model: HeadModelArrays | None) -> None:
    """Add what `given` found to a new rigged head."""
    if model is None:
        return
    head = rigged.head
    parts = new_head(f"{head.name} Inner Parts", model)
    parts[PARTS_KEY] = True
    moving = np.flatnonzero(np.abs(model.deltas).max(axis=(1, 2)) > _STILL)
    names = [model.names[number] for number in moving]
    shape_keys.add_keys(parts, model.template, names, model.deltas[moving], model.lower[moving], model.upper[moving])
    for name in names:
        joint_followers.follow_key(parts.data.shape_keys.key_blocks[name], head.data.shape_keys)
    armature.bind(parts, rigged.rig, model)
    correctives.add(parts, rigged.rig, model)
    for collection in head.users_collection:
        collection.objects.link(parts)


def find(rigged: RiggedHead) -> list[bpy.types.Object]:
    """The inner parts of a rigged head: one object or none."""
    return [child for child in rigged.rig.children if PARTS_KEY in child]
