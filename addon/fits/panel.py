# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Fit" of the sidebar tab."""

import bpy

from .. import settings
from ..panel_parts import SidebarPanel, draw_job, draw_rows, split_column
from ..preferences import draw_error
from . import fitted_head
from .properties import TASKS

FIT_TASKS = set(TASKS)
FIT_OPERATORS = {
    "HEADBRIDGE_OT_fit_mesh",
}


class HEADBRIDGE_PT_fit(SidebarPanel, bpy.types.Panel):
    bl_label = "Fit"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        active = context.view_layer.objects.active
        self.layout.label(text=active.name if active is not None else "Nothing is selected", icon="OBJECT_DATA")


class FitPanel(SidebarPanel):
    """The settings of a task, the button that starts it, and its errors.

    task : its name. operator : the operator's, without the prefix. front : settings that are always shown; hidden :
    those the operator sets itself; the rest is under Advanced."""

    bl_parent_id = "HEADBRIDGE_PT_fit"
    bl_options = {"DEFAULT_CLOSED"}
    task = ""
    operator = ""
    icon = "NONE"
    front: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def draw(self, context):
        layout, holder = self.layout, getattr(context.scene.headbridge.fits, self.task)
        column = split_column(layout, context)
        for name in self.front:
            column.prop(holder, name)
        draw_job(layout, context, f"headbridge.{self.operator}", self.icon, {self.task})
        if context.window_manager.headbridge.error_of == f"HEADBRIDGE_OT_{self.operator}":
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


class HEADBRIDGE_PT_fitted_head(SidebarPanel, bpy.types.Panel):
    bl_label = "Fitted Head"
    bl_parent_id = "HEADBRIDGE_PT_fit"

    @classmethod
    def poll(cls, context):
        return fitted_head.answer_of(context.view_layer.objects.active) is not None

    def draw(self, context):
        answer = fitted_head.answer_of(context.view_layer.objects.active)
        for number, note in enumerate(answer["notes"]):
            self.layout.label(text=note, icon="BLANK1" if number else "INFO")
        draw_rows(self.layout, fitted_head.report_rows(answer))


CLASSES = (HEADBRIDGE_PT_fit, HEADBRIDGE_PT_fit_mesh, HEADBRIDGE_PT_fitted_head)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
