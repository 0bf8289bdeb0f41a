# SPDX-License-Identifier: GPL-3.0-or-later
"""Show source, target and result together."""

import math

import bpy
from mathutils import Quaternion, Vector

from .. import comparison, session_report
from ..mesh_arrays import MeshError
from ..properties import COMPARE_ITEMS

MODES = [*COMPARE_ITEMS[1:], ("RESTORE", "Restore", "Show the scene as it was before comparing")]
MARGIN = 1.15


class HEADBRIDGE_OT_compare(bpy.types.Operator):
    """Show source, target and result of a registration together; Restore shows the scene as it was"""

    bl_idname = "headbridge.compare"
    bl_label = "Compare"
    bl_options = {"REGISTER", "UNDO"}

    mode: bpy.props.EnumProperty(items=MODES, name="Mode")
    result: bpy.props.StringProperty(name="Result", description="Name of the result object; the panel's when empty")
    frame: bpy.props.BoolProperty(name="Frame", default=True, description="Look at the comparison from the front")

    @classmethod
    def description(cls, _context, properties):
        return next(text for key, _label, text in MODES if key == properties.mode)

    def execute(self, context):
        if context.mode != "OBJECT":
            return session_report.fail(self, "Leave Edit Mode first: comparing hides the objects it compares.")
        if self.mode == "RESTORE":
            comparison.restore(context)
            return {"FINISHED"}
        result = bpy.data.objects.get(self.result) if self.result else context.scene.headbridge.result
        try:
            shown = comparison.show(context, self.mode, result)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        if self.frame and context.area is not None and context.area.type == "VIEW_3D":
            _look_at(context, shown)
        return {"FINISHED"}


def _look_at(context, objects) -> None:
    """Turn the current 3D view to the front of the objects, beside the sidebars that lie over it."""
    context.view_layer.update()
    corners = [obj.matrix_world @ Vector(corner) for obj in objects for corner in obj.bound_box]
    low, high = Vector(map(min, zip(*corners))), Vector(map(max, zip(*corners)))
    regions = {region.type: region for region in context.area.regions}
    window = regions["WINDOW"]
    left, right = (regions[kind].width if regions[kind].width > 1 else 0 for kind in ("TOOLS", "UI"))
    free = max(window.width - left - right, window.width // 4)
    scale = MARGIN * max((high.x - low.x) / free, (high.z - low.z) / window.height)
    view = context.space_data.region_3d
    view.view_perspective = "ORTHO"
    view.view_rotation = Quaternion((1.0, 0.0, 0.0), math.pi / 2.0)
    view.view_location = (low + high) / 2.0 + Vector((scale * (right - left) / 2.0, 0.0, 0.0))
    # A 3D view shows twice the width of its 36 mm sensor, across the longer side of the region.
    view.view_distance = scale * max(window.width, window.height) * context.space_data.lens / 72.0


CLASSES = (HEADBRIDGE_OT_compare,)
