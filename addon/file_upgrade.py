# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes that an earlier version of the add-on has left, brought into the form of this one when they are loaded.

Version 0 of a result of Register had the aligned source as basis and the registered shape as the key "Registered" at 1,
and knew its source and target by name alone. Fit Scan's two shapes had the model's as basis.
"""

from __future__ import annotations

import bpy
import numpy as np

from . import mesh_arrays, result_object
from .fits import fitted_head, scan_session
from .rig.load_session import DETAIL


def upgrade() -> None:
    """Bring the local objects of this file into the present form."""
    for obj in bpy.data.objects:
        if obj.library is not None or obj.type != "MESH":
            continue
        answer = result_object.answer_of(obj)
        if answer is not None and obj.headbridge.version < result_object.VERSION:
            _exchange_basis(obj, "Registered", (result_object.BASIS, result_object.ALIGNED))
            result_object.note_pair(obj, *(bpy.data.objects.get(answer[role]) for role in ("source", "target")))
        elif fitted_head.FIT_KEY in obj and _basis_name(obj) == scan_session.MODEL:
            _exchange_basis(obj, DETAIL, (DETAIL, scan_session.MODEL))


def _basis_name(obj: bpy.types.Object) -> str:
    keys = obj.data.shape_keys
    return keys.reference_key.name if keys is not None else ""


def _exchange_basis(obj: bpy.types.Object, wanted: str, names: tuple[str, str]) -> None:
    """Make a key's shape the basis and the basis's shape that key; what is seen, and what the other keys add, stay.

    wanted : the key's name; names : of the basis and the key afterwards."""
    keys = obj.data.shape_keys
    key = keys.key_blocks.get(wanted) if keys is not None and obj.data.library is None else None
    if key is None or key == keys.reference_key:
        return
    earlier, positions = (_positions(each) for each in (keys.reference_key, key))
    for other in keys.key_blocks:
        if other not in (keys.reference_key, key):
            _set_positions(other, _positions(other) + positions - earlier)
    _set_positions(keys.reference_key, positions)
    _set_positions(key, earlier)
    # Names are unique: the first has to be free before the second is given.
    key.name, key.value = "", 1.0 - key.value
    keys.reference_key.name = names[0]
    key.name = names[1]
    obj.active_shape_key_index = 0
    obj.data.vertices.foreach_set("co", positions.ravel())
    obj.data.update()


def _positions(key: bpy.types.ShapeKey) -> np.ndarray:
    return mesh_arrays.foreach_floats(key.data, "co", 3)


def _set_positions(key: bpy.types.ShapeKey, positions: np.ndarray) -> None:
    key.data.foreach_set("co", np.ascontiguousarray(positions, np.float32).ravel())
