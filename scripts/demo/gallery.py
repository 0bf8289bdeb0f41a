"""How the file that the demo leaves is laid out."""

from __future__ import annotations

import bpy
from mathutils import Vector

from . import legend, studio
from .jobs import Outcome
from .studio import DARK_BACKDROP, Studio

_PIXELS_HIGH = 900
_MARGIN = 0.06
_LABEL_METRES = 0.03


def lay_out(stage: Studio, outcomes: list[Outcome], others: list[bpy.types.Object], comparison, heat_map) -> None:
    """One row of labelled heads per outcome, copies in a collection of their own in the places of the add-on's
    side-by-side comparison, and a camera on all of them and on `others`, which have their places already. The originals
    are hidden.

    comparison, heat_map : the add-on's modules of these names."""
    scene = stage.scene
    shown = list(others)
    heat = studio.painted("Demo Heat Map", heat_map.COLOUR)
    for outcome in outcomes:
        collection = bpy.data.collections.new(f"{outcome.job.title}, side by side")
        scene.collection.children.link(collection)
        found = comparison.compared(outcome.result)
        for place in comparison.row(found):
            shown += _stand(collection, place, heat if place.heat else None)
        for obj in (found.source, found.target, found.result):
            obj.hide_set(True)
            obj.hide_render = True
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


def _stand(collection: bpy.types.Collection, place, material: bpy.types.Material | None) -> list[bpy.types.Object]:
    """A copy of a head in its place, in one material where one is given, and its label."""
    copy = place.obj.copy()
    copy.name, copy.parent, copy.matrix_world = place.label, None, place.matrix
    collection.objects.link(copy)
    if material is not None:
        studio.dress(copy, material)
    low, high = (Vector(corner) for corner in (map(min, zip(*_corners(copy))), map(max, zip(*_corners(copy)))))
    below = Vector(((low.x + high.x) / 2.0, low.y, low.z - 1.5 * _LABEL_METRES))
    label = legend.text(place.label, below, _LABEL_METRES, light=True)
    collection.objects.link(label)
    return [copy, label]


def _corners(obj: bpy.types.Object) -> list[Vector]:
    bpy.context.view_layer.update()
    return [obj.matrix_world @ Vector(corner) for corner in obj.bound_box]
