"""How the file that the demo leaves is laid out."""

from __future__ import annotations

import bpy
from mathutils import Vector

from .jobs import Outcome
from .studio import DARK_BACKDROP, Studio

COMPARISON = "HeadBridge Comparison"
_PIXELS_HIGH = 900
_MARGIN = 0.06


def lay_out(stage: Studio, outcomes: list[Outcome], others: list[bpy.types.Object]) -> None:
    """One row of labelled heads per outcome, made by the add-on's own side-by-side comparison, and a camera on all of
    them and on `others`, which have their places already.

    The last row stays a comparison that the panel can restore; the rows above become collections of their own."""
    scene = stage.scene
    shown = list(others)
    for outcome in outcomes:
        bpy.ops.headbridge.compare(mode="SIDE_BY_SIDE", result=outcome.result.name)
        collection = bpy.data.collections[COMPARISON]
        shown += collection.objects
        if outcome is not outcomes[-1]:
            collection.name = f"{outcome.job.title}, side by side"
            # What hides the originals of a row is forgotten, so that the next comparison does not show them again.
            scene.headbridge.compare_state = ""
            scene.headbridge.compare_mode = "NONE"
    bpy.context.view_layer.update()
    corners = [obj.matrix_world @ Vector(corner) for obj in shown for corner in obj.bound_box]
    low, high = Vector(map(min, zip(*corners))), Vector(map(max, zip(*corners)))
    width, height = high.x - low.x + 2.0 * _MARGIN, high.z - low.z + 2.0 * _MARGIN
    stage.frame((low + high) / 2.0, width, height, (round(_PIXELS_HIGH * width / height / 2) * 2, _PIXELS_HIGH))
    stage.set_backdrop(DARK_BACKDROP)
    stage.light((low + high) / 2.0, 2.5)
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                area.spaces.active.region_3d.view_perspective = "CAMERA"
                area.spaces.active.shading.type = "SOLID"
