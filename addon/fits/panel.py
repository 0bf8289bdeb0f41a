# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Fit" of the sidebar tab."""

import bpy

from .. import settings
from ..panel_parts import SidebarPanel, draw_job, draw_rows, split_column
from ..preferences import draw_error, line_characters, wrapped
from ..verdict_panel import draw_verdict
from . import fitted_head
from .properties import TASKS

FIT_TASKS = set(TASKS)
FIT_OPERATORS = {
    "HEADBRIDGE_OT_fit_mesh",
    "HEADBRIDGE_OT_fit_landmarks",
    "HEADBRIDGE_OT_fit_landmarks_file",
    "HEADBRIDGE_OT_fit_scan",
    "HEADBRIDGE_OT_convert_head",
    "HEADBRIDGE_OT_sample_heads",
    "HEADBRIDGE_OT_fit_photo",
    "HEADBRIDGE_OT_add_photos",
    "HEADBRIDGE_OT_refit_photo",
    "HEADBRIDGE_OT_edit_photo_landmarks",
    "HEADBRIDGE_OT_clear_photo_landmarks",
    "HEADBRIDGE_OT_look_through_photo",
    "HEADBRIDGE_OT_render_like_photo",
    "HEADBRIDGE_OT_pose_like_photo",
    "HEADBRIDGE_OT_project_texture",
}


class HEADBRIDGE_PT_fit(SidebarPanel, bpy.types.Panel):
    bl_label = "Fit"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        active = context.view_layer.objects.active
        self.layout.label(text=active.name if active is not None else "Nothing is selected", icon="OBJECT_DATA")


class FitPanel(SidebarPanel):
    """The settings of a task, the button that starts it, and its errors.

    task : its name. operator : the operator's, without the prefix; file_operator : that of one which takes a file
    instead. front : settings that are always shown; hidden :
    those the operator sets itself; the rest is under Advanced."""

    bl_parent_id = "HEADBRIDGE_PT_fit"
    bl_options = {"DEFAULT_CLOSED"}
    task = ""
    operator = ""
    file_operator = ""
    icon = "NONE"
    front: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def draw_more(self, column, context):
        """What comes before the settings."""

    def draw(self, context):
        layout, holder = self.layout, getattr(context.scene.headbridge.fits, self.task)
        column = split_column(layout, context)
        self.draw_more(column, context)
        for name in self.front:
            column.prop(holder, name)
        draw_job(layout, context, f"headbridge.{self.operator}", self.icon, {self.task})
        if self.file_operator:
            row = layout.row()
            row.enabled = context.window_manager.headbridge.task == ""
            row.operator(f"headbridge.{self.file_operator}", icon="FILE_FOLDER")
        if context.window_manager.headbridge.error_of in {
            f"HEADBRIDGE_OT_{name}" for name in (self.operator, self.file_operator)
        }:
            draw_error(layout, context)
        header, body = layout.panel(f"HEADBRIDGE_PT_{self.task}_advanced", default_closed=True)
        header.label(text="Advanced")
        if body is not None:
            column = split_column(body, context)
            for name in settings.names(self.task):
                if name not in self.front + self.hidden:
                    column.prop(holder, name)


class HEADBRIDGE_PT_fit_mesh(FitPanel, bpy.types.Panel):
    bl_label = "Mesh"
    task = "fit_mesh"
    operator = "fit_mesh"
    icon = "MESH_DATA"
    front = ("model",)


class HEADBRIDGE_PT_fit_landmarks(FitPanel, bpy.types.Panel):
    bl_label = "Landmarks"
    task = "fit_landmarks3d"
    operator = "fit_landmarks"
    file_operator = "fit_landmarks_file"
    icon = "EMPTY_DATA"
    front = ("model",)


class HEADBRIDGE_PT_fit_scan(FitPanel, bpy.types.Panel):
    bl_label = "Scan"
    task = "fit_scan"
    operator = "fit_scan"
    icon = "USER"
    front = ("model", "size", "device")

    def draw_more(self, column, context):
        column.prop(context.scene.headbridge.fits, "scan_result")


class HEADBRIDGE_PT_convert_head(FitPanel, bpy.types.Panel):
    bl_label = "Convert"
    task = "convert"
    operator = "convert_head"
    icon = "ARROW_LEFTRIGHT"
    front = ("to",)


class HEADBRIDGE_PT_sample_heads(FitPanel, bpy.types.Panel):
    bl_label = "Random Heads"
    task = "sample"
    operator = "sample_heads"
    icon = "COMMUNITY"
    front = ("model", "count", "seed")
    hidden = ("format", "unit")


class HEADBRIDGE_PT_fitted_head(SidebarPanel, bpy.types.Panel):
    bl_label = "Fitted Head"
    bl_parent_id = "HEADBRIDGE_PT_fit"

    @classmethod
    def poll(cls, context):
        return fitted_head.answer_of(context.view_layer.objects.active) is not None

    def draw(self, context):
        answer = fitted_head.answer_of(context.view_layer.objects.active)
        draw_verdict(self.layout, context, answer, "fit")
        column = self.layout.column(align=True)
        lines = wrapped("\n".join(answer["notes"]), line_characters(context))
        for number, line in enumerate(lines):
            column.label(text=line, icon="BLANK1" if number else "INFO")
        draw_rows(self.layout, fitted_head.report_rows(answer))


CLASSES = (
    HEADBRIDGE_PT_fit,
    HEADBRIDGE_PT_fitted_head,
    HEADBRIDGE_PT_fit_mesh,
    HEADBRIDGE_PT_fit_landmarks,
    HEADBRIDGE_PT_fit_scan,
    HEADBRIDGE_PT_convert_head,
    HEADBRIDGE_PT_sample_heads,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
