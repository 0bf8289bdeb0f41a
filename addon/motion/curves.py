# SPDX-License-Identifier: GPL-3.0-or-later
"""Animation curves from arrays: an action with a slot for every data-block, or before Blender 4.4 an action for each."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

_LINEAR = 1


@dataclass(frozen=True, eq=False)
class Curve:
    """Straight lines through (T,) values of a property at (T,) ascending frames. path, index : of the property from its
    data-block. group : under what the editors show it."""

    path: str
    index: int
    frames: np.ndarray
    values: np.ndarray
    group: str = ""


def curves_of(path: str, frames: np.ndarray, values: np.ndarray, group: str = "") -> list[Curve]:
    """A curve per column of (T, N) values of a vector property."""
    return [Curve(path, index, frames, column, group) for index, column in enumerate(values.T)]


def curves_where_moving(owner, name: str, frames: np.ndarray, values: np.ndarray) -> list[Curve]:
    """The curves of a data-block's property whose (T,) or (T, N) values change; what stays is set, and has none."""
    if (values == values[0]).all():
        setattr(owner, name, values[0].tolist())
        return []
    return [Curve(name, 0, frames, values)] if values.ndim == 1 else curves_of(name, frames, values)


def write(name: str, curves: list[tuple[bpy.types.ID, list[Curve]]]) -> None:
    """Give data-blocks their curves in a new action; those without curves get none. An action they had stays in the
    file."""
    curves = [(block, own) for block, own in curves if own]
    shared = bpy.data.actions.new(name) if curves and hasattr(bpy.types.Action, "slots") else None
    for block, own in curves:
        holder = _holder(block, shared or bpy.data.actions.new(f"{name} {block.name}"))
        for curve in own:
            _add(holder, curve)


def _holder(block: bpy.types.ID, action: bpy.types.Action):
    """What the curves of a data-block in its action belong to."""
    data = block.animation_data_create()
    if data.action is not None:
        data.action.use_fake_user = True
    data.action = action
    if not hasattr(action, "slots"):
        return action
    slot = action.slots.new(block.id_type, block.name)
    data.action_slot = slot
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def _add(holder, curve: Curve) -> None:
    frames, values = curve.frames, np.asarray(curve.values, np.float32)
    if (values == values[0]).all():
        frames, values = frames[:1], values[:1]
    made = holder.fcurves.new(curve.path, index=curve.index)
    points = made.keyframe_points
    points.add(len(values))
    points.foreach_set("co", np.stack([frames, values], axis=1).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.full(len(values), _LINEAR, np.int32))
    if curve.group:
        groups = holder.groups
        made.group = groups[curve.group] if curve.group in groups else groups.new(curve.group)
    made.update()
