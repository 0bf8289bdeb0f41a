# SPDX-License-Identifier: GPL-3.0-or-later
"""A new head that nobody would see."""

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector

# Of the height of the view.
_LEAST_SHARE = 0.08


def frame_if_unseen(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Look at a selected new object when it is outside of the 3D view, or a speck in it; else the view stays."""
    area = context.area
    if area is None or area.type != "VIEW_3D":
        return
    region = next(region for region in area.regions if region.type == "WINDOW")
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
