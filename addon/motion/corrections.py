# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer for corrections by hand: what is keyed there is added to the performance, which stays as it is."""

from __future__ import annotations

import bpy

from ..mesh_arrays import MeshError
from ..rig import rigged_head

TRACK = "Performance"


def add_layer(obj: bpy.types.Object) -> int:
    """Put the actions of a head, its keys and its armature into NLA tracks under new ones that add; returns how many.

    Raises `MeshError` for a head that nothing animates."""
    rigged = rigged_head.find(obj)
    head = obj if rigged is None else rigged.head
    blocks = [head.data.shape_keys] + ([rigged.rig] if rigged is not None else [])
    datas = [block.animation_data for block in blocks if block is not None]
    moving = [(block, data) for block, data in zip(blocks, datas) if data is not None and data.action is not None]
    if not moving:
        raise MeshError(f"Nothing animates '{head.name}'; import a performance first, or key some frames.")
    layer = bpy.data.actions.new(f"{head.name} Corrections") if hasattr(bpy.types.Action, "slots") else None
    for block, data in moving:
        _push_down(data)
        data.action = layer or bpy.data.actions.new(f"{head.name} Corrections {block.name}")
        if layer is not None:
            data.action_slot = layer.slots.new(block.id_type, block.name)
        # Rotations and scales are multiplied, all else is added.
        data.action_blend_type = "COMBINE"
        data.action_extrapolation = "NOTHING"
    return len(moving)


def _push_down(data: bpy.types.AnimData) -> None:
    track = data.nla_tracks.new()
    track.name = TRACK
    action, slot = data.action, getattr(data, "action_slot", None)
    first, last = action.frame_range
    strip = track.strips.new(action.name, int(first), action)
    if slot is not None:
        strip.action_slot = slot
    # In whole frames the strip's ends would be rounded.
    strip.action_frame_start, strip.action_frame_end = first, last
    strip.frame_start_ui, strip.frame_end_ui = first, last
    strip.extrapolation, strip.blend_type = "HOLD", "REPLACE"
