# SPDX-License-Identifier: GPL-3.0-or-later
"""Solid-view shading that lets a comparison, a checker or a texture be seen; the user's own comes back afterwards.

What the user had is kept in the window manager, which an undo leaves alone.
"""

from __future__ import annotations

import json

import bpy

from . import uv_display
from .photo import photo_camera

KEY = "headbridge_shading"


def apply(context: bpy.types.Context) -> None:
    """Make the solid shading of all 3D views fit what the scene shows."""
    manager = context.window_manager
    kept = json.loads(manager.get(KEY, "{}"))
    wanted = _wanted(context.scene)
    for screen in bpy.data.screens:
        for number, area in enumerate(screen.areas):
            if area.type != "VIEW_3D":
                continue
            shading, key = area.spaces.active.shading, f"{screen.name}/{number}"
            if wanted:
                kept.setdefault(key, [shading.color_type, shading.light])
                # A photo's colours are lit already: studio light on top would darken them.
                shading.color_type = wanted
                shading.light = "FLAT" if _shows_photo(context.scene) else kept[key][1]
            elif key in kept:
                shading.color_type, shading.light = kept.pop(key)
    manager[KEY] = json.dumps(kept)


def _wanted(scene: bpy.types.Scene) -> str:
    mode = scene.headbridge.compare_mode
    if mode != "NONE":
        return "VERTEX" if mode in {"HEAT_MAP", "SIDE_BY_SIDE"} else "MATERIAL"
    return "TEXTURE" if uv_display.shown_in(scene) or photo_camera.is_in(scene) else ""


def _shows_photo(scene: bpy.types.Scene) -> bool:
    return scene.headbridge.compare_mode == "NONE" and photo_camera.is_in(scene)
