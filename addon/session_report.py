# SPDX-License-Identifier: GPL-3.0-or-later
"""How a running task and its end are shown: in the panel's state and in Blender's own reports."""

import bpy

from . import verdict

# What is still to be said when another file is loaded: the error, and the class name of its operator.
_staying: tuple[str, str] | None = None


def begin(task: str) -> None:
    """Show a task as running, without the last one's error."""
    global _staying
    _staying = None
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


def succeed(operator: bpy.types.Operator, text: str, judged: dict | None) -> set[str]:
    """Report what was done, as a warning when its verdict asks for a look; returns the operator's status."""
    if verdict.level_of(judged) == verdict.GOOD:
        operator.report({"INFO"}, text)
    else:
        operator.report({"WARNING"}, f"{text}. {verdict.line(judged)}")
    return {"FINISHED"}


def fail(operator: bpy.types.Operator, text: str, log_path: str = "", reasons: list[dict] = ()) -> set[str]:
    """Report an error and keep it for the panel with that operator's button, there with what else speaks against a
    result that failed; returns the operator's status."""
    _keep(operator, "\n".join([text, *verdict.other_reasons(reasons)]), log_path)
    operator.report({"ERROR"}, text)
    return {"CANCELLED"}


def note(operator: bpy.types.Operator, text: str, stays: bool = False) -> set[str]:
    """Keep for the panel why an operator did nothing, without Blender's own window for errors, which would lie over a
    dialog; returns the operator's status. stays : also once when another file is loaded, which it is not about."""
    global _staying
    _keep(operator, text, "")
    _staying = (text, type(operator).__name__) if stays else None
    operator.report({"INFO"}, text)
    return {"CANCELLED"}


def after_load() -> None:
    """Forget what was said of another file's tasks."""
    global _staying
    session = bpy.context.window_manager.headbridge
    session.task = session.error_log = ""
    session.error, session.error_of = _staying or ("", "")
    _staying = None


def _keep(operator: bpy.types.Operator, text: str, log_path: str) -> None:
    session = bpy.context.window_manager.headbridge
    session.error, session.error_log, session.error_of = text, log_path, type(operator).__name__


def redraw() -> None:
    """Redraw every 3D view and the preferences."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES"}:
                area.tag_redraw()
