# SPDX-License-Identifier: GPL-3.0-or-later
"""How a running task and its end are shown: in the panel's state and in Blender's own reports."""

import bpy


def begin(task: str) -> None:
    """Show a task as running, without the last one's error."""
    session = bpy.context.window_manager.headbridge
    session.task, session.fraction, session.message = task, 0.0, ""
    session.error = session.error_log = ""


def progress(fraction: float, message: str) -> None:
    """Show how far the task is and redraw the panels."""
    session = bpy.context.window_manager.headbridge
    if session.fraction != fraction or session.message != message:
        session.fraction, session.message = fraction, message
        redraw()


def end() -> None:
    """Show that nothing runs."""
    bpy.context.window_manager.headbridge.task = ""
    redraw()


def fail(operator: bpy.types.Operator, text: str, log_path: str = "") -> set[str]:
    """Report an error and keep it for the panel with that operator's button; returns the operator's status."""
    session = bpy.context.window_manager.headbridge
    session.error, session.error_log, session.error_of = text, log_path, type(operator).__name__
    operator.report({"ERROR"}, text)
    return {"CANCELLED"}


def redraw() -> None:
    """Redraw every 3D view and the preferences."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES"}:
                area.tag_redraw()
