# SPDX-License-Identifier: GPL-3.0-or-later
"""What all operators that run a backend job have in common: progress, cancel, errors, one undo step."""

import json
import time
import traceback

import bpy

from .. import model_terms, session_report
from ..image_files import ImageError
from ..job_client import BackendError
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from . import missing

TICK_SECONDS = 0.04

_running: JobSession | None = None


def running() -> JobSession | None:
    """The job that runs at the moment."""
    return _running


def abort_running() -> None:
    """End a running job at once."""
    global _running
    if _running is not None:
        session, _running = _running, None
        session.abort()


class JobOperator:
    """Runs a `JobSession`: as a modal operator with a window, to the end in background mode.

    A derived class names its `task` and what the user reads meanwhile (`doing`), makes the session (`_session`) and
    completes the scene (`_complete`).
    """

    task = ""
    doing = ""
    _timer = None
    # What ended the job beside its own errors.
    _fault = ""
    # Whether the undo step of what the job left is there already.
    _has_step = False

    def _session(self, context) -> JobSession:
        """A new session; raises `MeshError`, `ImageError` or `BackendError`."""
        raise NotImplementedError

    def _complete(self, context, session) -> str:
        """Put the finished session's result in front of the user; returns the text to report."""
        raise NotImplementedError

    def given(self, name: str, otherwise):
        """A property of the operator where it was given, else the panel's value."""
        return getattr(self, name) if self.properties.is_property_set(name) else otherwise

    @classmethod
    def poll(cls, context):
        if _running is not None:
            return missing.refuse(cls, "Another job is running")
        return missing.poll(cls, context)

    def draw(self, _context):
        # A finished job is not adjusted in the redo panel: that would block Blender for the whole job.
        self.layout.label(text="Change the settings in the sidebar and run it again")

    def invoke(self, context, _event):
        if bpy.app.background:
            return self.execute(context)
        if not self._begin(context):
            return {"CANCELLED"}
        if "UNDO" in getattr(self, "bl_options", ()) and not bpy.data.is_dirty:
            # Blender asks before it quits when there is something to lose, and a running job is that.
            bpy.ops.ed.undo_push(message=f"{self.bl_label} Begins")
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        context.workspace.status_text_set(f"{self.doing}: Esc to cancel")
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            _running.cancel()
        elif event.type == "Z" and (event.ctrl or event.oskey):
            # An undo in the middle would take away what the job works on.
            return {"RUNNING_MODAL"}
        elif event.type == "TIMER":
            finished = self._step()
            if _running is not None:
                session_report.progress(_running.fraction, _running.message)
            if finished:
                self._end_modal(context)
                status = self._conclude(context)
                # Blender's own step after an operator would be one of the user's mode, and one more to undo.
                return {"CANCELLED"} if self._has_step else status
        return {"PASS_THROUGH"}

    def cancel(self, context):
        """Blender ends the modal operator (another file is loaded, or Blender quits)."""
        self._end_modal(context)
        abort_running()
        session_report.end()

    def execute(self, context):
        if not self._begin(context):
            return {"CANCELLED"}
        try:
            self._run_to_the_end()
        except KeyboardInterrupt:
            # For the second time: the user does not want to wait for the end either.
            abort_running()
            session_report.end()
            raise
        return self._conclude(context)

    def _run_to_the_end(self) -> None:
        try:
            while not self._step(show_preview=False):
                time.sleep(0.01)
        except KeyboardInterrupt:
            _running.cancel()
            while not self._step(show_preview=False):
                time.sleep(0.01)

    def _step(self, show_preview: bool = True) -> bool:
        """Move the job on; whatever goes wrong in that ends it, so that no fault blocks the next one."""
        try:
            return _running.step(show_preview)
        except Exception as problem:
            traceback.print_exc()
            self._fault = f"{self.doing} ended by a fault ({type(problem).__name__}: {problem}); nothing more was done."
            abort_running()
            return True

    def _begin(self, context) -> bool:
        global _running
        context.view_layer.update()
        session_report.begin(self.task)
        try:
            _running = self._session(context)
        except (MeshError, ImageError, BackendError) as problem:
            session_report.end()
            session_report.fail(self, str(problem), getattr(problem, "log_path", ""))
            return False
        except BaseException:
            session_report.end()
            raise
        return True

    def _end_modal(self, context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)

    def _conclude(self, context) -> set[str]:
        global _running
        session, _running = _running, None
        session_report.end()
        if session is None:
            return session_report.fail(self, self._fault)
        try:
            return self._concluded(context, session)
        finally:
            if session.left_mode is not None:
                if not session.error:
                    # A step of the user's mode would not hold what the job left.
                    bpy.ops.ed.undo_push(message=self.bl_label)
                    self._has_step = True
                session.left_mode.enter_again()

    def _concluded(self, context, session) -> set[str]:
        if session.state == "cancelled":
            self.report({"INFO"}, "Cancelled; nothing was changed")
            return {"CANCELLED"}
        if session.terms is not None:
            return self._ask_for_terms(session)
        if session.error:
            return session_report.fail(self, session.error, session.log_path, session.reasons)
        try:
            done = self._complete(context, session)
        except Exception as problem:
            traceback.print_exc()
            cause = f"{type(problem).__name__}: {problem}"
            return session_report.fail(self, f"The result is in the scene, but could not be shown ({cause}).")
        return session_report.succeed(self, done, session.verdict)

    def _ask_for_terms(self, session) -> set[str]:
        """The job did not begin: a dialog asks, and its OK begins it again."""
        model_terms.ask(session.terms)
        failed = session_report.fail(self, session.error, session.log_path)
        if not bpy.app.background:
            given = {name: getattr(self, name) for name in self.properties.keys() if hasattr(self, name)}
            # An operator's own bl_idname is Blender's inner name of it; the class has the one that it is called by.
            bpy.ops.headbridge.accept_terms(
                "INVOKE_DEFAULT", again=type(self).bl_idname, given=json.dumps(given, default=_as_given)
            )
        return failed


class FileJobOperator(JobOperator):
    """Asks for its file, unless `filepath` names it."""

    def invoke(self, context, event):
        if self.filepath or bpy.app.background:
            return super().invoke(context, event)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


def _as_given(values) -> list:
    """A property of several values, or of chosen files, as operators are given them."""
    return [{"name": value.name} if hasattr(value, "name") else value for value in values]


def name_of(block) -> str:
    """The name of a data-block a picker holds, empty when it holds none."""
    return block.name if block is not None else ""


def selected_pair(context) -> tuple[str, str]:
    """(other, active) of exactly two selected meshes; raises `MeshError`."""
    meshes = [obj for obj in context.selected_objects if obj.type == "MESH"]
    active = context.view_layer.objects.active
    if len(meshes) != 2 or active not in meshes:
        raise MeshError("Pick a source and a target object in the panel, or select the source and then the target.")
    return next(obj.name for obj in meshes if obj != active), active.name
