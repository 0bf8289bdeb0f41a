# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that properties point to: such a pointer alone would keep an object that the user has deleted."""

from __future__ import annotations

import bpy

# Of `scene.headbridge`.
_OF_SCENES = ("source", "target", "result", "compared", "kept_camera", "uv_source", "uv_target")
# Of `object.headbridge`.
_OF_OBJECTS = ("registered_source", "registered_target")


def in_a_scene(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The object, or None when there is none or no scene has it any more."""
    if obj is None or not any(scene.objects.get(obj.name) == obj for scene in bpy.data.scenes):
        return None
    return obj


def forget_deleted(scene: bpy.types.Scene) -> None:
    """Empty the pickers of a scene that hold deleted objects."""
    state = scene.headbridge
    for holder, name in [(state, name) for name in _OF_SCENES] + [(photo, "camera") for photo in state.fits.photos]:
        _empty(holder, name)


def forget_all_deleted() -> None:
    """Let go of every deleted object, so that files are saved without them."""
    for scene in bpy.data.scenes:
        if scene.library is None:
            forget_deleted(scene)
    for obj in bpy.data.objects:
        if obj.library is None:
            for name in _OF_OBJECTS:
                _empty(obj.headbridge, name)


def _empty(holder: bpy.types.PropertyGroup, name: str) -> None:
    held = getattr(holder, name)
    if held is not None and in_a_scene(held) is None:
        setattr(holder, name, None)
