# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar tab "HeadBridge"."""

import bpy

from . import head_library, landmark_pairs, result_object, settings
from .batch.panel import BATCH_OPERATORS, BATCH_TASKS
from .fits.panel import FIT_OPERATORS, FIT_TASKS
from .motion.panel import MOTION_OPERATORS, MOTION_TASKS
from .panel_parts import SidebarPanel, draw_job, draw_rows, split_column
from .preferences import draw_error
from .properties import COMPARE_ITEMS
from .rig.panel import RIG_OPERATORS, RIG_TASKS
from .uv_panels import UV_OPERATORS, UV_TASKS
from .verdict_panel import draw_verdict

# These settings have their place in the panel; the rest is under Advanced.
IN_FRONT = ("device",)


class HEADBRIDGE_PT_heads(SidebarPanel, bpy.types.Panel):
    bl_label = "Add Head"

    def draw(self, _context):
        grid = self.layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        grid.scale_y = 1.15
        for kind, head in head_library.HEADS.items():
            grid.operator("headbridge.add_head", text=head.label, icon=head.icon).kind = kind


class HEADBRIDGE_PT_register(SidebarPanel, bpy.types.Panel):
    bl_label = "Register"

    def draw(self, context):
        layout = self.layout
        scene, session = context.scene.headbridge, context.window_manager.headbridge
        column = split_column(layout, context)
        column.prop(scene, "source")
        column.prop(scene, "target")
        for name in IN_FRONT:
            column.prop(scene.settings, name)
        column.prop(scene, "show_after")

        if session.task not in UV_TASKS | RIG_TASKS | FIT_TASKS | MOTION_TASKS | BATCH_TASKS:
            draw_job(layout, context, "headbridge.register", "MOD_SHRINKWRAP", {session.task} - {""})
        if session.error_of not in UV_OPERATORS | RIG_OPERATORS | FIT_OPERATORS | MOTION_OPERATORS | BATCH_OPERATORS:
            draw_error(layout, context)


class RegisterSubPanel(SidebarPanel):
    bl_parent_id = "HEADBRIDGE_PT_register"
    bl_options = {"DEFAULT_CLOSED"}


class HEADBRIDGE_PT_landmarks(RegisterSubPanel, bpy.types.Panel):
    bl_label = "Landmarks"

    def draw(self, context):
        scene = context.scene.headbridge
        column = split_column(self.layout, context)
        column.prop(scene, "landmarks", text="From")
        if scene.landmarks == "EMPTIES":
            column.prop(scene, "source_landmarks", text="Source")
            column.prop(scene, "target_landmarks", text="Target")
            column.label(text=_pair_count(scene))
        elif scene.landmarks == "VERTEX_GROUPS":
            column.prop(scene, "landmark_prefix")
        elif scene.landmarks == "FILE":
            column.prop(scene, "landmarks_file", text="File")
        if landmark_pairs.demo_pairs_fit(scene.source, scene.target):
            column.operator("headbridge.use_demo_pairs", icon="FILE")
        row = column.row(align=True)
        row.operator("headbridge.pick_pairs", icon="EYEDROPPER")
        row.operator("headbridge.export_pairs", text="", icon="EXPORT")
        row.operator("headbridge.clear_pairs", text="", icon="TRASH")


def _pair_count(scene) -> str:
    counts = [
        sum(o.type == "EMPTY" for o in collection.objects) if collection is not None else 0
        for collection in (scene.source_landmarks, scene.target_landmarks)
    ]
    return f"{counts[0]} pairs" if counts[0] == counts[1] else f"{counts[0]} on the source, {counts[1]} on the target"


class HEADBRIDGE_PT_vertex_groups(RegisterSubPanel, bpy.types.Panel):
    bl_label = "Vertex Groups"

    def draw(self, context):
        scene = context.scene.headbridge
        column = split_column(self.layout, context)
        for heading, obj, names in (
            ("Source", scene.source, (("source_exclude_group", "Do Not Match"), ("source_weight_group", "Weight"))),
            ("Target", scene.target, (("target_exclude_group", "Do Not Match"),)),
        ):
            column.label(text=heading)
            for name, text in names:
                if obj is None:
                    row = column.row()
                    row.enabled = False
                    row.prop(scene, name, text=text)
                else:
                    column.prop_search(scene, name, obj, "vertex_groups", text=text)


class HEADBRIDGE_PT_advanced(RegisterSubPanel, bpy.types.Panel):
    bl_label = "Advanced"

    def draw(self, context):
        column = split_column(self.layout, context)
        for name in settings.names("register"):
            if name not in IN_FRONT:
                column.prop(context.scene.headbridge.settings, name)


class HEADBRIDGE_PT_compare(SidebarPanel, bpy.types.Panel):
    bl_label = "Compare"

    @classmethod
    def poll(cls, context):
        return result_object.answer_of(context.scene.headbridge.result) is not None

    def draw(self, context):
        layout = self.layout
        scene = context.scene.headbridge
        row = layout.row(align=True)
        row.scale_y = 1.2
        for mode, text, _description in COMPARE_ITEMS[1:]:
            row.operator("headbridge.compare", text=text, depress=scene.compare_mode == mode).mode = mode
        row = layout.row()
        row.enabled = scene.compare_mode != "NONE"
        row.operator("headbridge.compare", text="Restore", icon="LOOP_BACK").mode = "RESTORE"
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(scene, "heat_map_max")


class HEADBRIDGE_PT_result(SidebarPanel, bpy.types.Panel):
    bl_label = "Result"

    def draw(self, context):
        layout = self.layout
        scene = context.scene.headbridge
        layout.prop(scene, "result", text="")
        answer = result_object.answer_of(scene.result)
        if answer is None:
            layout.label(text="No result yet", icon="INFO")
            return
        layout.label(text=f"{answer['source']}  →  {answer['target']}", icon="MOD_SHRINKWRAP")
        draw_verdict(layout, context, answer, "register")
        draw_rows(layout, result_object.report_rows(answer))
        keys = scene.result.data.shape_keys
        if keys is not None and result_object.REGISTERED in keys.key_blocks:
            layout.prop(keys.key_blocks[result_object.REGISTERED], "value", text="Aligned – Registered", slider=True)


CLASSES = (
    HEADBRIDGE_PT_heads,
    HEADBRIDGE_PT_register,
    HEADBRIDGE_PT_landmarks,
    HEADBRIDGE_PT_vertex_groups,
    HEADBRIDGE_PT_advanced,
    HEADBRIDGE_PT_result,
    HEADBRIDGE_PT_compare,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
