# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend from inside Blender: check it, stop what runs, read its log."""

import json
import os

import bpy

from .. import backend_worker, job_runner, model_terms, paths, session_report
from ..job_client import Job
from ..job_session import WorkerSession
from ..preferences import CHARACTER_PIXELS, wrapped
from .job_operator import JobOperator

# Of the message's popup, at scale 1.
_MESSAGE_WIDTH = 460


class CheckSession(WorkerSession):
    """Starts the worker, which says what it is; the panel's facts are that."""

    def __init__(self):
        bpy.context.window_manager.headbridge.backend_info = ""
        self._job = Job(backend_worker.worker(), None)
        self.log_path = self._job.worker.log_path

    def step(self, show_preview: bool = True) -> bool:
        self._job.step()
        if self._job.state == "done":
            info = {**self._job.result, "interpreter": self._job.worker.command[0]}
            bpy.context.window_manager.headbridge.backend_info = json.dumps(info)
        elif self._job.state == "failed":
            self.error = str(self._job.error)
        return self.finished

    def abort(self) -> None:
        self.cancel()


class HEADBRIDGE_OT_check_backend(JobOperator, bpy.types.Operator):
    """Start the backend and ask for its version, packages and devices"""

    bl_idname = "headbridge.check_backend"
    bl_label = "Check"
    task = "CHECK"
    doing = "Checking the backend"
    needs = ()

    def _session(self, _context) -> CheckSession:
        return CheckSession()

    def _complete(self, context, _session) -> str:
        info = json.loads(context.window_manager.headbridge.backend_info)
        return f"HeadBridge backend {info.get('version', '')} is ready"


class HEADBRIDGE_OT_cancel(bpy.types.Operator):
    """Stop what runs; the scene stays as it was"""

    bl_idname = "headbridge.cancel"
    bl_label = "Cancel"

    def execute(self, _context):
        runner = job_runner.running()
        if runner is not None:
            runner.cancel()
        return {"FINISHED"}


class HEADBRIDGE_OT_accept_terms(bpy.types.Operator):
    """Say that you have read and accept these terms; you are not asked again"""

    bl_idname = "headbridge.accept_terms"
    bl_label = "Accept Terms"

    again: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    given: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, _context):
        return bool(model_terms.waiting())

    def invoke(self, context, _event):
        if not self.again:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(self, width=_MESSAGE_WIDTH, confirm_text="Accept")

    def draw(self, _context):
        column = self.layout.column(align=True)
        for text in model_terms.waiting():
            for number, line in enumerate(wrapped(text, int(_MESSAGE_WIDTH / CHARACTER_PIXELS))):
                column.label(text=line, icon="BLANK1" if number else "INFO")
        column.separator()
        column.label(text="Accept: you have read these terms and agree to them. The job then runs.")

    def execute(self, context):
        model_terms.accept()
        context.window_manager.headbridge.error = context.window_manager.headbridge.error_log = ""
        session_report.redraw()
        if self.again:
            category, name = self.again.split(".")
            getattr(getattr(bpy.ops, category), name)("INVOKE_DEFAULT", **json.loads(self.given or "{}"))
        return {"FINISHED"}


class HEADBRIDGE_OT_open_log(bpy.types.Operator):
    """Open the log of what failed in the system's text editor"""

    bl_idname = "headbridge.open_log"
    bl_label = "Open Log"

    def execute(self, context):
        path = context.window_manager.headbridge.error_log
        if not os.path.isfile(path):
            self.report({"ERROR"}, f"There is no log file '{path}'")
            return {"CANCELLED"}
        return bpy.ops.wm.path_open(filepath=path)


class HEADBRIDGE_OT_show_error(bpy.types.Operator):
    """Show the whole message, and the log where there is one"""

    bl_idname = "headbridge.show_error"
    bl_label = "Show Message"

    def invoke(self, context, _event):
        return context.window_manager.invoke_popup(self, width=_MESSAGE_WIDTH)

    def execute(self, _context):
        return {"FINISHED"}

    def draw(self, context):
        session = context.window_manager.headbridge
        column = self.layout.column(align=True)
        for number, line in enumerate(wrapped(session.error, int(_MESSAGE_WIDTH / CHARACTER_PIXELS))):
            column.label(text=line, icon="BLANK1" if number else "ERROR")
        if session.error_log:
            self.layout.operator("headbridge.open_log", icon="TEXT")


class HEADBRIDGE_OT_dismiss_error(bpy.types.Operator):
    """Hide the message"""

    bl_idname = "headbridge.dismiss_error"
    bl_label = "Dismiss"

    def execute(self, context):
        context.window_manager.headbridge.error = context.window_manager.headbridge.error_log = ""
        return {"FINISHED"}


class HEADBRIDGE_OT_show_preferences(bpy.types.Operator):
    """Open the add-on's preferences, where the backend is set up"""

    bl_idname = "headbridge.show_preferences"
    bl_label = "Set Up Backend"

    def execute(self, _context):
        bpy.ops.screen.userpref_show()
        bpy.ops.preferences.addon_show(module=paths.base_package)
        return {"FINISHED"}


CLASSES = (
    HEADBRIDGE_OT_check_backend,
    HEADBRIDGE_OT_cancel,
    HEADBRIDGE_OT_accept_terms,
    HEADBRIDGE_OT_open_log,
    HEADBRIDGE_OT_show_error,
    HEADBRIDGE_OT_dismiss_error,
    HEADBRIDGE_OT_show_preferences,
)
