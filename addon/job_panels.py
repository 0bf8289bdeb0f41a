# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of jobs that have one of their own (`operators.job_operator.Place`), drawn from what their operators say."""

import bpy

from . import operators, settings
from .panel_parts import SidebarPanel, draw_job, split_column


def draw_settings(column, context, operator: type, names: tuple[str, ...]) -> None:
    """The panel's values of a job's settings."""
    holder = operator.panel_values(context)
    for name in names:
        column.prop(holder, name)


class JobPanel(SidebarPanel):
    """Settings and button of the job that `operator` runs."""

    bl_options = {"DEFAULT_CLOSED"}
    operator: type

    def draw(self, context):
        operator, place = self.operator, self.operator.place
        column = split_column(self.layout, context)
        operator.draw_before(column, context)
        shown = tuple(name for name in operator.asked or settings.names(operator.task) if name not in place.hidden)
        front = shown if place.front is None else place.front
        draw_settings(column, context, operator, front)
        draw_job(self.layout, operator.bl_idname, place.icon)
        if place.beside:
            self.layout.operator(f"headbridge.{place.beside}", icon="FILE_FOLDER")
        rest = tuple(name for name in shown if name not in front)
        if rest:
            header, body = self.layout.panel(f"HEADBRIDGE_PT_{operator.task}_settings", default_closed=True)
            header.label(text="Settings")
            if body is not None:
                draw_settings(split_column(body, context), context, operator, rest)
        operator.draw_after(self.layout, context)


def _panel(operator: type) -> type:
    place = operator.place
    name = operator.bl_idname.removeprefix("headbridge.")
    said = {"bl_label": place.label or operator.bl_label, "bl_parent_id": place.parent, "bl_order": place.order}
    return type(f"HEADBRIDGE_PT_{name}", (JobPanel, bpy.types.Panel), {**said, "operator": operator})


CLASSES = tuple(_panel(operator) for operator in operators.JOBS if operator.place is not None)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
