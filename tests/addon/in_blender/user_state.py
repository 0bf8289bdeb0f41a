"""What is the user's own in a file: 3D view, shading, render settings, colours, world, hidden objects, mode, selection."""

from __future__ import annotations

import bpy
import numpy as np


def view() -> dict:
    """The main region of the window's 3D view, as a context."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    return {"window": window, "area": area, "region": region}


def set_unusual() -> None:
    """A view and render settings that nobody has by default, and no operator makes."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 123, 77
    scene.view_settings.view_transform = "Filmic"
    space = view()["area"].spaces.active
    space.shading.type, space.shading.color_type, space.shading.light = "SOLID", "RANDOM", "MATCAP"
    space.region_3d.view_perspective = "PERSP"
    space.region_3d.view_rotation, space.region_3d.view_distance = (0.8, 0.36, 0.48, 0.0), 7.5
    space.region_3d.view_location = (0.5, 0.25, 0.125)
    space.region_3d.view_rotation.normalize()


def settings() -> dict:
    """Everything that is the user's own beside objects, mode and selection."""
    space, scene = view()["area"].spaces.active, bpy.context.scene
    region = space.region_3d
    return {
        "shading": {
            n: getattr(space.shading, n) for n in ("type", "color_type", "light", "show_xray", "background_type")
        },
        "view": (
            region.view_perspective,
            tuple(np.round(region.view_rotation, 5)),
            tuple(np.round(region.view_location, 5)),
            round(region.view_distance, 5),
            tuple(region.view_camera_offset),
            space.use_local_camera,
            # Without one of its own a view has the scene's.
            space.camera.name if space.use_local_camera and space.camera else "",
            space.local_view is not None,
            space.overlay.show_overlays,
        ),
        "render": {
            n: getattr(scene.render, n) for n in ("engine", "resolution_percentage", "film_transparent", "filepath")
        },
        "colours": (scene.view_settings.view_transform, scene.view_settings.look, scene.view_settings.exposure),
        "world": scene.world.name if scene.world else "",
    }


def give_back() -> None:
    """Press whatever gives something back."""
    operators = bpy.ops.headbridge
    with bpy.context.temp_override(**view()):
        for operator in (operators.back_to_view, operators.end_compare, operators.restore_render):
            if operator.poll():
                operator()
