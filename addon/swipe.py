# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of the view "Swipe", which the mouse drags: one thing left of it, another right of it."""

from __future__ import annotations

import blf
import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from . import view_text

# How near to the line, in pixels of the screen, a click takes hold of it.
_REACH = 10.0
_COLOUR, _NEAR_COLOUR = (0.92, 0.92, 0.92, 0.9), (1.0, 0.75, 0.2, 1.0)


def line_of(context: bpy.types.Context) -> float:
    """How many pixels the line is right of the left border of the context's region."""
    return context.window_manager.headbridge.swipe * context.region.width


def draw_line(context: bpy.types.Context, left: str, right: str) -> None:
    """Draw what stands at both sides of the line; the line itself is the gizmo's."""
    scale, line = context.preferences.system.ui_scale, line_of(context)
    height = context.region.height - 96.0 * scale
    blf.size(0, 12.0 * scale)
    view_text.draw(left, line - blf.dimensions(0, left)[0] - 12.0 * scale, height, scale)
    view_text.draw(right, line + 12.0 * scale, height, scale)


class HEADBRIDGE_GT_swipe(bpy.types.Gizmo):
    """The line."""

    bl_idname = "HEADBRIDGE_GT_swipe"

    def setup(self):
        self._before = 0.5

    def draw(self, context):
        line, height = line_of(context), context.region.height
        shader = gpu.shader.from_builtin("UNIFORM_COLOR")
        shader.uniform_float("color", _NEAR_COLOUR if self.is_highlight or self.is_modal else _COLOUR)
        gpu.state.blend_set("ALPHA")
        gpu.state.line_width_set(2.0 * context.preferences.system.ui_scale)
        batch_for_shader(shader, "LINES", {"pos": [(line, 0.0), (line, height)]}).draw(shader)
        gpu.state.line_width_set(1.0)
        gpu.state.blend_set("NONE")

    def test_select(self, context, location):
        near = abs(location[0] - line_of(context)) < _REACH * context.preferences.system.ui_scale
        return 0 if near else -1

    def invoke(self, context, _event):
        self._before = context.window_manager.headbridge.swipe
        return {"RUNNING_MODAL"}

    def modal(self, context, event, _tweak):
        context.window_manager.headbridge.swipe = event.mouse_region_x / context.region.width
        context.area.tag_redraw()
        return {"RUNNING_MODAL"}

    def exit(self, context, cancel):
        if cancel:
            context.window_manager.headbridge.swipe = self._before


class HEADBRIDGE_GGT_swipe(bpy.types.GizmoGroup):
    """Shown while a view swipes."""

    bl_idname = "HEADBRIDGE_GGT_swipe"
    bl_label = "Swipe"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"PERSISTENT", "SHOW_MODAL_ALL"}

    @classmethod
    def poll(cls, context):
        session = context.window_manager.headbridge
        through_camera = context.region_data is not None and context.region_data.view_perspective == "CAMERA"
        return context.scene.headbridge.compare_mode == "SWIPE" or (session.swipe_photo and through_camera)

    def setup(self, _context):
        self.gizmos.new(HEADBRIDGE_GT_swipe.bl_idname)


CLASSES = (HEADBRIDGE_GT_swipe, HEADBRIDGE_GGT_swipe)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
