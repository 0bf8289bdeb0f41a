# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Fit" with the single jobs that fit, convert and make heads."""

import bpy

from .. import settings
from ..panel_parts import AdvancedPanel, SidebarPanel, draw_job, split_column


class HEADBRIDGE_PT_fit(AdvancedPanel, bpy.types.Panel):
    bl_label = "Fit"

    def draw(self, context):
        active = context.view_layer.objects.active
        self.layout.label(text=active.name if active is not None else "Nothing is selected", icon="OBJECT_DATA")
        split_column(self.layout, context).prop(context.scene.headbridge.fits, "beside")


class FitPanel(SidebarPanel):
    """The settings of a task and the button that starts it.

    task : its name. operator : the operator's, without the prefix; file_operator : that of one which takes a file
    instead. front : settings that are always shown; hidden :
    those the operator sets itself; the rest is under Settings."""

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

    def draw_rest(self, context):
        """What comes after the settings."""

    def draw(self, context):
        layout, holder = self.layout, getattr(context.scene.headbridge.fits, self.task)
        column = split_column(layout, context)
        self.draw_more(column, context)
        for name in self.front:
            column.prop(holder, name)
        draw_job(layout, f"headbridge.{self.operator}", self.icon)
        if self.file_operator:
            layout.operator(f"headbridge.{self.file_operator}", icon="FILE_FOLDER")
        header, body = layout.panel(f"HEADBRIDGE_PT_{self.task}_settings", default_closed=True)
        header.label(text="Settings")
        if body is not None:
            column = split_column(body, context)
            for name in settings.names(self.task):
                if name not in self.front + self.hidden:
                    column.prop(holder, name)
        self.draw_rest(context)


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


CLASSES = (
    HEADBRIDGE_PT_fit,
    HEADBRIDGE_PT_fit_mesh,
    HEADBRIDGE_PT_fit_landmarks,
    HEADBRIDGE_PT_fit_scan,
    HEADBRIDGE_PT_convert_head,
    HEADBRIDGE_PT_sample_heads,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
