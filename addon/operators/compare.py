# SPDX-License-Identifier: GPL-3.0-or-later
"""Show source, target and result together."""

import bpy
from mathutils import Quaternion, Vector

from .. import comparison, session_report
from ..mesh_arrays import MeshError
from ..properties import COMPARE_ITEMS

MODES = [*COMPARE_ITEMS[1:], ("RESTORE", "Restore", "Show the scene as it was before comparing")]


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
    """Turn the current 3D view to the objects, from the front."""
    context.view_layer.update()
    region_view = context.space_data.region_3d
    corners = [obj.matrix_world @ Vector(corner) for obj in objects for corner in obj.bound_box]
    low = [min(corner[axis] for corner in corners) for axis in range(3)]
    high = [max(corner[axis] for corner in corners) for axis in range(3)]
    region = next(r for r in context.area.regions if r.type == "WINDOW")
    width_per_height = region.width / max(region.height, 1)
    wide = max((high[0] - low[0]) * max(1.0, 1.0 / width_per_height), (high[2] - low[2]) * max(width_per_height, 1.0))
    region_view.view_perspective = "PERSP"
    region_view.view_rotation = Quaternion((1.0, 0.0, 0.0), 1.5707963)
    region_view.view_location = [(a + b) / 2.0 for a, b in zip(low, high)]
    # Half the sensor (36 mm, doubled in the viewport) over the lens gives the distance at which the width fills the view.
    region_view.view_distance = 1.25 * wide * context.space_data.lens / 72.0 + (high[1] - low[1]) / 2.0


CLASSES = (HEADBRIDGE_OT_compare,)
