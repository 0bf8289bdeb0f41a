# SPDX-License-Identifier: GPL-3.0-or-later
"""How a scene rendered before it was asked to render like a photo, to be given back."""

from __future__ import annotations

import json

import bpy

_RENDER = (
    "resolution_x",
    "resolution_y",
    "resolution_percentage",
    "pixel_aspect_x",
    "pixel_aspect_y",
    "film_transparent",
)
_COLOURS = ("view_transform", "look")


def keep(scene: bpy.types.Scene) -> None:
    """Remember a scene's camera, world, render size and colours, unless they are remembered already."""
    state = scene.headbridge
    if is_kept(scene):
        return
    state.kept_camera, state.kept_world = scene.camera, scene.world
    render = {name: getattr(scene.render, name) for name in _RENDER}
    colours = {name: getattr(scene.view_settings, name) for name in _COLOURS}
    state.render_kept = json.dumps({"render": render, "colours": colours})


def is_kept(scene: bpy.types.Scene) -> bool:
    """Whether a scene renders like a photo, with its own settings remembered."""
    return bool(scene.headbridge.render_kept)


def give_back(scene: bpy.types.Scene) -> None:
    """Let a scene render as it did."""
    state = scene.headbridge
    kept = json.loads(state.render_kept)
    for name, value in kept["render"].items():
        setattr(scene.render, name, value)
    for name in _COLOURS:
        setattr(scene.view_settings, name, kept["colours"][name])
    scene.camera, scene.world = state.kept_camera, state.kept_world
    state.kept_camera = state.kept_world = None
    state.render_kept = ""
