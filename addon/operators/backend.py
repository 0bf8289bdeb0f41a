# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend from inside Blender: create its environment, check it, stop what runs, read its log."""

import json
import os
import time

import bpy

from .. import backend_worker, environment, paths, session_report
from ..job_client import BackendError, Job
from . import job_operator

_setup: environment.EnvironmentSetup | None = None


def abort_running() -> None:
    """Stop a running setup at once."""
    global _setup
    if _setup is not None:
        _setup.cancel()
        _setup.wait()
        _setup = None


class TimedOperator:
    """Polls `_step` from a timer until it returns a status; in background mode from a loop."""

    _timer = None

    def _run(self, context) -> set[str]:
        if bpy.app.background:
            while (status := self._step(context)) is None:
                time.sleep(0.02)
            return status
        self._timer = context.window_manager.event_timer_add(0.1, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        status = self._step(context)
        if status is None:
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self._timer)
        return status


class HEADBRIDGE_OT_setup_backend(TimedOperator, bpy.types.Operator):
    """Create HeadBridge's own Python environment and download the backend's packages into it"""

    bl_idname = "headbridge.setup_backend"
    bl_label = "Create Backend Environment"

    @classmethod
    def poll(cls, context):
        return context.window_manager.headbridge.task == ""

    def execute(self, context):
        global _setup
        if not bpy.app.online_access:
            return session_report.fail(self, "Blender is offline: allow Online Access in Preferences > System first.")
        try:
            base = environment.base_interpreter()
        except BackendError as problem:
            return session_report.fail(self, str(problem))
        backend_worker.stop()
        session_report.begin("SETUP")
        log_path = os.path.join(paths.user_folder("logs"), "setup.log")
        _setup = environment.EnvironmentSetup(paths.environment_folder(), log_path, base)
        return self._run(context)

    def _step(self, context):
        global _setup
        session_report.progress(_setup.fraction, _setup.message)
        if not _setup.finished:
            return None
        setup, _setup = _setup, None
        session_report.end()
        if setup.cancelled:
            self.report({"INFO"}, "Cancelled; no environment was created")
            return {"CANCELLED"}
        if setup.error:
            return session_report.fail(self, setup.error, setup.log_path)
        self.report({"INFO"}, "The backend is installed")
        return {"FINISHED"}


class HEADBRIDGE_OT_check_backend(TimedOperator, bpy.types.Operator):
    """Start the backend and ask for its version, packages and devices"""

    bl_idname = "headbridge.check_backend"
    bl_label = "Check"

    @classmethod
    def poll(cls, context):
        return context.window_manager.headbridge.task == ""

    def execute(self, context):
        session_report.begin("CHECK")
        context.window_manager.headbridge.backend_info = ""
        try:
            self._job = Job(backend_worker.worker(), None)
        except BackendError as problem:
            session_report.end()
            return session_report.fail(self, str(problem), problem.log_path)
        return self._run(context)

    def _step(self, context):
        self._job.step()
        if not self._job.finished:
            return None
        session_report.end()
        if self._job.state != "done":
            return session_report.fail(self, str(self._job.error), self._job.worker.log_path)
        info = {**self._job.result, "interpreter": self._job.worker.command[0]}
        context.window_manager.headbridge.backend_info = json.dumps(info)
        self.report({"INFO"}, f"HeadBridge backend {self._job.result.get('version', '')} is ready")
        return {"FINISHED"}


class HEADBRIDGE_OT_cancel(bpy.types.Operator):
    """Stop what runs; the scene stays as it was"""

    bl_idname = "headbridge.cancel"
    bl_label = "Cancel"

    def execute(self, _context):
        session = job_operator.running()
        if session is not None:
            session.cancel()
        if _setup is not None:
            _setup.cancel()
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
    HEADBRIDGE_OT_setup_backend,
    HEADBRIDGE_OT_check_backend,
    HEADBRIDGE_OT_cancel,
    HEADBRIDGE_OT_open_log,
    HEADBRIDGE_OT_dismiss_error,
    HEADBRIDGE_OT_show_preferences,
)
