# SPDX-License-Identifier: GPL-3.0-or-later
"""New heads are selected, and looked at where nobody would see them."""

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector

from .. import borrowed_views, head_collection

# Of the height of the view.
_LEAST_SHARE = 0.08


def select_only(context, objects: list[bpy.types.Object]) -> None:
    """Select new objects, the first being active; views that show some objects alone show them, too."""
    for other in context.selected_objects:
        other.select_set(False)
    for obj in objects:
        obj.select_set(True)
    context.view_layer.objects.active = objects[0]
    for obj in objects:
        head_collection.show_in_local_views(obj)


def frame_if_unseen(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Look at a selected new object when it is outside of the 3D view, or a speck in it; else the view stays."""
    area = context.area
    if area is None or area.type != "VIEW_3D":
        return
    region = borrowed_views.region_of(area)
    context.view_layer.update()
    corners = [obj.matrix_world @ Vector(corner) for corner in obj.bound_box]
    seen = [location_3d_to_region_2d(region, context.space_data.region_3d, corner) for corner in corners]
    if all(place is not None for place in seen):
        low, high = np.min(seen, axis=0), np.max(seen, axis=0)
        inside = (low > 0).all() and (high < (region.width, region.height)).all()
        if inside and high[1] - low[1] > _LEAST_SHARE * region.height:
            return
    with context.temp_override(region=region):
        bpy.ops.view3d.view_selected()
