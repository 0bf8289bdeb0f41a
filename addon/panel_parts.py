# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels of the sidebar tab "HeadBridge" are drawn with."""

import functools

from . import paths
from .preferences import draw_progress


class SidebarPanel:
    """A panel of the sidebar. Its buttons ask their operators from the sidebar's own region, by which these know that
    nobody gives them arguments (`operators.missing`)."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "HeadBridge"
    # Blender's own words for the same English ones, such as of performance, mean something else.
    bl_translation_context = "HeadBridge"

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        if "draw" in vars(cls):
            cls.draw = _from_own_region(cls.draw)


def _from_own_region(draw):
    @functools.wraps(draw)
    def drawn(self, context):
        # By default Blender asks from the region of the view beside the sidebar.
        self.layout.operator_context = "INVOKE_DEFAULT"
        draw(self, context)

    return drawn


class AdvancedPanel(SidebarPanel):
    """A panel of single jobs, below Advanced."""

    bl_parent_id = "HEADBRIDGE_PT_advanced"
    bl_options = {"DEFAULT_CLOSED"}


def is_idle(context) -> bool:
    """Whether nothing runs."""
    return context.window_manager.headbridge.task == ""


def split_column(layout, context):
    """A split-label column, greyed out while a job runs."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.enabled = is_idle(context)
    return column


def draw_status(layout, context) -> None:
    """One line, always as high: what runs and how to stop it, the last error, what has to be set up, or that all is
    well. So nothing below moves under the pointer."""
    session = context.window_manager.headbridge
    row = layout.row(align=True)
    row.scale_y = 1.2
    if session.task:
        draw_progress(row, session)
    elif session.error:
        text = row.row(align=True)
        text.alert = True
        text.label(text=session.error.splitlines()[0], icon="ERROR")
        row.operator("headbridge.show_error", text="", icon="INFO")
        row.operator("headbridge.dismiss_error", text="", icon="X")
    elif not paths.has_backend():
        row.label(text="Not set up yet", icon="INFO")
        row.operator("headbridge.show_preferences", icon="PREFERENCES")
    elif paths.needs_update():
        row.label(text="Of another version", icon="INFO")
        row.operator("headbridge.show_preferences", text="Update", icon="FILE_REFRESH")
    else:
        row.label(text="Ready", icon="CHECKMARK")


def draw_job(layout, operator: str, icon: str, text: str = "") -> None:
    """The button that starts a job; text : on the button, by default the operator's own. Where it cannot start, its
    operator says why."""
    row = layout.row()
    row.scale_y = 1.4
    row.operator(operator, icon=icon, **({"text": text} if text else {}))


def draw_rows(layout, rows: list[tuple[str, str]]) -> None:
    """Labels with their values in a box."""
    column = layout.box().column(align=True)
    for label, value in rows:
        split = column.split(factor=0.66)
        split.label(text=label)
        values = split.row()
        values.alignment = "RIGHT"
        values.label(text=value)
