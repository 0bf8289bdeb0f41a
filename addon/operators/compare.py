# SPDX-License-Identifier: GPL-3.0-or-later
"""Show source, target and result together."""

import math

import bpy
from bpy.app.translations import pgettext_tip as tip_
from mathutils import Quaternion, Vector

from .. import borrowed_views, comparison, session_report
from ..mesh_arrays import MeshError
from . import missing

MODES = [*comparison.ITEMS[1:], ("RESTORE", "Restore", "End the comparison; the view is as it was")]
MARGIN = 1.15

_keymaps: list = []


class HEADBRIDGE_OT_compare(missing.Asked, bpy.types.Operator):
    """Show source, target and result of a registration together, drawn over the view; Esc or the X ends it"""

    bl_idname = "headbridge.compare"
    bl_label = "Compare"
    bl_options = {"REGISTER"}
    needs = (missing.result,)

    mode: bpy.props.EnumProperty(items=MODES, name="Mode")
    result: bpy.props.StringProperty(name="Result", description="Name of the result object; the panel's when empty")
    frame: bpy.props.BoolProperty(
        name="Frame",
        default=True,
        description="Look at Side by Side from the front; the view is as it was when the comparison ends",
    )

    @classmethod
    def description(cls, _context, properties):
        return tip_(next(text for key, _label, text in MODES if key == properties.mode))

    def execute(self, context):
        if self.mode == "RESTORE":
            end(context)
            return {"FINISHED"}
        result = bpy.data.objects.get(self.result) if self.result else context.scene.headbridge.result
        try:
            found = comparison.show(context, self.mode, result)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        space = context.space_data
        if space is not None and space.type == "VIEW_3D":
            borrowed_views.give_back_look(space)
            if self.frame and self.mode == "SIDE_BY_SIDE":
                borrowed_views.keep_look(space)
                _look_at(context, comparison.row(found))
        session_report.redraw()
        return {"FINISHED"}


class HEADBRIDGE_OT_end_compare(bpy.types.Operator):
    """End the comparison; view and objects are as they were"""

    bl_idname = "headbridge.end_compare"
    bl_label = "End Comparison"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if context.scene.headbridge.compare_mode == "NONE":
            return missing.refuse(cls, "Nothing is compared at the moment")
        return True

    def execute(self, context):
        end(context)
        return {"FINISHED"}


def end(context: bpy.types.Context) -> None:
    """End the comparison and let the view look from where the user had it."""
    comparison.end(context)
    if context.space_data is not None and context.space_data.type == "VIEW_3D":
        borrowed_views.give_back_look(context.space_data)
    session_report.redraw()


def _look_at(context, places: list[comparison.Place]) -> None:
    """Turn the current 3D view to the front of a row, beside the sidebars that lie over it."""
    boxes = [comparison.bounds(place.obj, place.matrix) for place in places]
    low, high = Vector(map(min, zip(*(box[0] for box in boxes)))), Vector(map(max, zip(*(box[1] for box in boxes))))
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


CLASSES = (HEADBRIDGE_OT_compare, HEADBRIDGE_OT_end_compare)


def register_keys() -> None:
    """Esc in a 3D view ends a comparison; without one it does what it always does."""
    configuration = bpy.context.window_manager.keyconfigs.addon
    if configuration is not None:
        keymap = configuration.keymaps.new(name="3D View", space_type="VIEW_3D")
        _keymaps.append((keymap, keymap.keymap_items.new(HEADBRIDGE_OT_end_compare.bl_idname, "ESC", "PRESS")))


def unregister_keys() -> None:
    """Take the key away."""
    while _keymaps:
        keymap, item = _keymaps.pop()
        keymap.keymap_items.remove(item)
