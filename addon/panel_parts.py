# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels of the sidebar tab "HeadBridge" are drawn with."""

from . import paths
from .preferences import draw_progress


class SidebarPanel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "HeadBridge"


def split_column(layout, context):
    """A split-label column, greyed out while a job runs."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.enabled = context.window_manager.headbridge.task == ""
    return column


def draw_job(layout, context, operator: str, icon: str, tasks: set[str], text: str = "") -> None:
    """The button that starts a job, or its progress while one of the tasks runs; text : on the button, by default the
    operator's own."""
    session = context.window_manager.headbridge
    if session.task in tasks:
        draw_progress(layout, session)
    elif paths.interpreter_choice()[0]:
        row = layout.row()
        row.scale_y = 1.5
        row.enabled = session.task == ""
        row.operator(operator, icon=icon, **({"text": text} if text else {}))
        if paths.needs_update():
            layout.operator("headbridge.show_preferences", text="Update Environment", icon="FILE_REFRESH")
    else:
        box = layout.box()
        box.label(text="The backend is not set up yet", icon="INFO")
        box.operator("headbridge.show_preferences", icon="PREFERENCES")


def draw_rows(layout, rows: list[tuple[str, str]]) -> None:
    """Labels with their values in a box."""
    column = layout.box().column(align=True)
    for label, value in rows:
        split = column.split(factor=0.66)
        split.label(text=label)
        values = split.row()
        values.alignment = "RIGHT"
        values.label(text=value)
