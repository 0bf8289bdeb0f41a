# SPDX-License-Identifier: GPL-3.0-or-later
"""One way of a button: what an operator says of its job, and progress, cancel, errors and one undo step of all jobs."""

from __future__ import annotations

import inspect
import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import ClassVar

import bpy

from .. import job_runner, model_terms, session_report, settings
from ..image_files import ImageError
from ..job_client import BackendError
from ..job_runner import JobRunner
from ..job_session import Session
from ..mesh_arrays import MeshError
from . import missing

TICK_SECONDS = 0.04


@dataclass(frozen=True)
class Place:
    """A panel of a job's own, with its settings and its button.

    parent : the panel it lies in. label : by default the operator's. icon : of the button. order : among the parent's
    panels. front : the settings that are always shown, the others being under Settings; None for all. hidden : settings
    that are not shown. beside : the name of another operator below the button, which takes a file."""

    parent: str
    icon: str
    label: str = ""
    order: int = 0
    front: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()
    beside: str = ""


class JobOperator:
    """Runs a job: as a modal operator with a window, to the end in background mode.

    A derived class says what its job is. From that its properties and the scene's are made (`properties`), and panels
    drawn (`job_panels`):

    task : the job's name in job_settings.json, whose settings become properties of the operator. asked : those of them
    that do, all when None. choices : where in `scene.headbridge` the panel's values of the task's settings lie, such as
    "fits.fit_scan"; empty where they lie nowhere. doing : what the user reads meanwhile. needs : what has to be there
    before its button can be pressed (`missing`). place : the panel of its own, None for a button in another panel.

    It makes the session (`_session`) and completes the scene (`_complete`)."""

    task = ""
    asked: ClassVar[tuple[str, ...] | None] = None
    choices = ""
    doing = ""
    needs: ClassVar[tuple[Callable[[bpy.types.Context], str], ...]] = (missing.backend,)
    place: ClassVar[Place | None] = None
    # What is said when the user has ended it.
    cancelled = "Cancelled; nothing was changed"
    # Whether Esc ends it, and undo waits for it.
    watches_keys = True
    _runner: JobRunner | None = None
    _timer = None
    # Whether the undo step of what the job left is there already.
    _has_step = False

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        offered = settings.properties(cls.task)
        names = offered if cls.asked is None else cls.asked
        cls.__annotations__ = {**inspect.get_annotations(cls), **{name: offered[name] for name in names}}

    @classmethod
    def draw_before(cls, column, context):
        """Draw in the panel of its own what comes before the settings."""

    @classmethod
    def draw_after(cls, layout, context):
        """Draw in the panel of its own what comes after the settings."""

    @classmethod
    def panel_values(cls, context):
        """What holds the panel's values of the task's settings."""
        return attrgetter(cls.choices)(context.scene.headbridge)

    def chosen(self, context) -> dict:
        """The settings that are asked: the operator's own where they were given, else the panel's."""
        holder = self.panel_values(context) if self.choices else self
        names = settings.names(self.task) if self.asked is None else self.asked
        return settings.with_absolute_files({name: self.given(name, getattr(holder, name)) for name in names})

    def _session(self, context) -> Session:
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
        if busy := missing.end_of_another(context):
            return missing.refuse(cls, busy)
        return missing.poll(cls, context)

    def draw(self, _context):
        # A finished job is not adjusted in the redo panel: that would block Blender for the whole job.
        self.layout.label(text="Change the settings in the sidebar and run it again")

    def invoke(self, context, _event):
        return self.execute(context) if bpy.app.background else self._run_beside(context)

    def _run_beside(self, context) -> set[str]:
        """Begin; Blender goes on, and `modal` moves the job on."""
        if not self._begin(context):
            return {"CANCELLED"}
        if "UNDO" in getattr(self, "bl_options", ()) and not bpy.data.is_dirty:
            # Blender asks before it quits when there is something to lose, and a running job is that.
            bpy.ops.ed.undo_push(message=f"{self.bl_label} Begins")
        manager, window = context.window_manager, _lasting(context.window)
        self._timer = manager.event_timer_add(TICK_SECONDS, window=window)
        with context.temp_override(window=window):
            manager.modal_handler_add(self)
        if self.watches_keys:
            context.workspace.status_text_set(f"{self.doing}: Esc to cancel")
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        runner = self._runner
        if job_runner.running() is not runner:
            self._end_modal(context)
            return {"CANCELLED"}
        if event.type == "ESC" and event.value == "PRESS" and self.watches_keys:
            runner.cancel()
        elif event.type == "Z" and (event.ctrl or event.oskey) and self.watches_keys:
            # An undo in the middle would take away what the job works on.
            return {"RUNNING_MODAL"}
        elif event.type == "TIMER":
            finished = runner.step()
            session_report.progress(runner.fraction, runner.present.message)
            if finished:
                self._end_modal(context)
                status = self._conclude(context)
                # Blender's own step after an operator would be one of the user's mode, and one more to undo.
                return {"CANCELLED"} if self._has_step else status
        return {"PASS_THROUGH"}

    def cancel(self, context):
        """Blender ends the modal operator: its window is closed, another file is loaded, or Blender quits."""
        self._end_modal(context)
        job_runner.abort()
        session_report.end()
        self._say_ended()

    def _say_ended(self) -> None:
        """Say that Blender has ended it."""
        # Loading another file takes this away.
        session_report.note(self, f"{self.doing} ended with the window it was started in; start it again.")

    def execute(self, context):
        if self.options.is_repeat_last and not bpy.app.background:
            # Repeat Last would block Blender until the job ends; another one runs as the button's does.
            name = type(self).bl_idname.removeprefix("headbridge.")
            getattr(bpy.ops.headbridge, name)("INVOKE_DEFAULT", **self._given())
            return {"CANCELLED"}
        if not self._begin(context):
            return {"CANCELLED"}
        try:
            self._runner.run_to_the_end()
        except KeyboardInterrupt:
            # For the second time: the user does not want to wait for the end either.
            job_runner.abort()
            session_report.end()
            raise
        return self._conclude(context)

    def _begin(self, context) -> bool:
        context.view_layer.update()
        session_report.begin(self.task)
        try:
            self._runner = job_runner.begin(lambda: self._session(context), self.doing)
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
        runner, session = self._runner, self._runner.present
        job_runner.let_go()
        session_report.end()
        if runner.fault:
            return session_report.fail(self, runner.fault)
        try:
            return self._concluded(context, session, runner.verdict)
        finally:
            if session.left_mode is not None:
                if not session.error:
                    # A step of the user's mode would not hold what the job left.
                    bpy.ops.ed.undo_push(message=self.bl_label)
                    self._has_step = True
                session.left_mode.enter_again()

    def _concluded(self, context, session, judged: dict | None) -> set[str]:
        if session.state == "cancelled":
            self.report({"INFO"}, self.cancelled)
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
        return session_report.succeed(self, done, judged)

    def _ask_for_terms(self, session) -> set[str]:
        """The job did not begin: a dialog asks, and its OK begins it again."""
        model_terms.ask(session.terms)
        if bpy.app.background:
            return session_report.fail(self, session.error, session.log_path)
        # An operator's own bl_idname is Blender's inner name of it; the class has the one that it is called by.
        bpy.ops.headbridge.accept_terms("INVOKE_DEFAULT", again=type(self).bl_idname, given=json.dumps(self._given()))
        return session_report.note(self, session.error)

    def _given(self) -> dict:
        """The properties that the operator was given, as JSON takes them."""
        return {name: _as_given(getattr(self, name)) for name in self.properties.keys() if hasattr(self, name)}


class FileJobOperator(JobOperator):
    """Asks for its file or folder, unless the property that `asks` names has it."""

    asks = "filepath"
    _has_asked = False

    def invoke(self, context, event):
        if getattr(self, self.asks) or bpy.app.background:
            return super().invoke(context, event)
        context.window_manager.fileselect_add(self)
        self._has_asked = True
        return {"RUNNING_MODAL"}

    def execute(self, context):
        # The file browser executes what has opened it, and Blender would stand still until the job ends.
        return self._run_beside(context) if self._has_asked else super().execute(context)


def _lasting(window: bpy.types.Window) -> bpy.types.Window:
    """The window that a window of the preferences belongs to, which is closed earlier than a job ends; else itself."""
    return window.parent if window.screen.is_temporary and window.parent is not None else window


def _as_given(value):
    """A property, also one of several values or of chosen files, as operators are given it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return [{"name": each.name} if hasattr(each, "name") else each for each in value]


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
