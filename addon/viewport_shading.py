# SPDX-License-Identifier: GPL-3.0-or-later
"""Solid shading that lets a checker, a texture or a photo's head be seen, in the view that was used alone."""

from __future__ import annotations

import bpy

from . import borrowed_views, uv_display
from .photo import photo_camera


def apply(context: bpy.types.Context) -> None:
    """Show textures in the Solid shading of the view that an operator was called from, as long as the scene has any to
    show."""
    if not give_back_unneeded(context):
        # A photo's colours are lit already: studio light on top would darken them.
        borrowed_views.shade(context.space_data, "TEXTURE", flat=photo_camera.is_in(context.scene))


def give_back_unneeded(context: bpy.types.Context) -> bool:
    """Give all views the user's own shading back where nothing in the scene needs another; whether that was so."""
    unneeded = not (photo_camera.is_in(context.scene) or uv_display.shown_in(context.scene))
    if unneeded:
        borrowed_views.give_back_shadings()
    return unneeded
