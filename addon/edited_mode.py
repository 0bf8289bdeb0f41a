# SPDX-License-Identifier: GPL-3.0-or-later
"""The mode the user works in while a job ends: left for what the job adds, and entered again."""

from __future__ import annotations

from dataclasses import dataclass

import bpy


@dataclass(frozen=True)
class EditedMode:
    """mode : "EDIT", "SCULPT", ...; active : the name of the object in it; objects : of all that are edited together;
    selected : of those that were selected."""

    mode: str
    active: str
    objects: tuple[str, ...]
    selected: tuple[str, ...]

    def enter_again(self) -> None:
        """Edit the same objects, as far as they are still there."""
        objects = bpy.context.view_layer.objects
        if self.active not in objects:
            return
        for obj in objects:
            obj.select_set(obj.name in self.objects or obj.name in self.selected)
        objects.active = objects[self.active]
        bpy.ops.object.mode_set(mode=self.mode)
        for obj in objects:
            obj.select_set(obj.name in self.selected)


def leave() -> EditedMode | None:
    """Go to Object Mode: an edited mesh takes no new layers, and the undo step of another mode would not hold what a job
    leaves. Returns what was left, None where nothing was."""
    context = bpy.context
    active = context.view_layer.objects.active
    if context.mode == "OBJECT" or active is None:
        return None
    edited = tuple(obj.name for obj in context.view_layer.objects if obj.mode == active.mode)
    selected = tuple(obj.name for obj in context.view_layer.objects.selected)
    left = EditedMode(active.mode, active.name, edited, selected)
    bpy.ops.object.mode_set(mode="OBJECT")
    return left
