# SPDX-License-Identifier: GPL-3.0-or-later
"""Register a source head onto a target head."""

import time

import bpy

from .. import comparison, session_report, settings
from ..job_client import BackendError
from ..mesh_arrays import MeshError
from ..properties import LANDMARK_ITEMS
from ..register_session import RegisterRequest, RegisterSession

TICK_SECONDS = 0.04

_running: RegisterSession | None = None


def running() -> RegisterSession | None:
    """The registration that runs at the moment."""
    return _running


def abort_running() -> None:
    """End a running registration at once."""
    global _running
    if _running is not None:
        _running.abort()
        _running = None


class HEADBRIDGE_OT_register(bpy.types.Operator):
    """Carry the source's topology onto the target's surface; the result is a new object. Esc cancels"""

    bl_idname = "headbridge.register"
    bl_label = "Register"
    bl_options = {"REGISTER", "UNDO"}

    __annotations__ = {
        "source": bpy.props.StringProperty(
            name="Source", description="Name of the source object; the panel's when empty"
        ),
        "target": bpy.props.StringProperty(
            name="Target", description="Name of the target object; the panel's when empty"
        ),
        "landmarks": bpy.props.EnumProperty(items=LANDMARK_ITEMS, name="Landmarks"),
        "source_landmarks": bpy.props.StringProperty(
            name="Source Empties", description="Name of a collection of empties"
        ),
        "target_landmarks": bpy.props.StringProperty(
            name="Target Empties", description="Name of a collection of empties"
        ),
        "landmark_prefix": bpy.props.StringProperty(name="Landmark Group Prefix"),
        "landmarks_file": bpy.props.StringProperty(name="Landmark File", subtype="FILE_PATH"),
        "source_exclude_group": bpy.props.StringProperty(name="Source Do Not Match"),
        "target_exclude_group": bpy.props.StringProperty(name="Target Do Not Match"),
        "source_weight_group": bpy.props.StringProperty(name="Source Weight"),
        **settings.properties("register"),
    }

    @classmethod
    def poll(cls, _context):
        if _running is not None:
            cls.poll_message_set("A registration is running")
            return False
        return True

    def draw(self, _context):
        # A finished registration is not adjusted in the redo panel: that would block Blender for the whole job.
        self.layout.label(text="Change the settings in the sidebar and register again")

    def invoke(self, context, _event):
        if bpy.app.background:
            return self.execute(context)
        if not self._begin(context):
            return {"CANCELLED"}
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        context.workspace.status_text_set("Registering: Esc to cancel")
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            _running.cancel()
        elif event.type == "Z" and (event.ctrl or event.oskey):
            # An undo in the middle would take away what the job works on.
            return {"RUNNING_MODAL"}
        elif event.type == "TIMER":
            finished = _running.step()
            session_report.progress(_running.fraction, _running.message)
            if finished:
                self._end_modal(context)
                return self._conclude(context)
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
            while not _running.step(show_preview=False):
                time.sleep(0.01)
        except KeyboardInterrupt:
            _running.cancel()
            while not _running.step(show_preview=False):
                time.sleep(0.01)
        return self._conclude(context)

    def _begin(self, context) -> bool:
        global _running
        context.view_layer.update()
        session_report.begin("REGISTER")
        try:
            _running = RegisterSession(self._request(context))
        except (MeshError, BackendError) as problem:
            session_report.end()
            session_report.fail(self, str(problem), getattr(problem, "log_path", ""))
            return False
        return True

    def _request(self, context) -> RegisterRequest:
        scene = context.scene.headbridge

        def given(name: str, otherwise):
            return getattr(self, name) if self.properties.is_property_set(name) else otherwise

        def name_of(block) -> str:
            return block.name if block is not None else ""

        source, target = given("source", name_of(scene.source)), given("target", name_of(scene.target))
        if not source and not target:
            source, target = _selected_pair(context)
        landmarks_file = given("landmarks_file", scene.landmarks_file)
        by_file = self.properties.is_property_set("landmarks_file") and landmarks_file
        return RegisterRequest(
            source=source,
            target=target,
            settings={name: given(name, getattr(scene.settings, name)) for name in settings.names("register")},
            landmarks=given("landmarks", "FILE" if by_file else scene.landmarks),
            source_landmarks=given("source_landmarks", name_of(scene.source_landmarks)),
            target_landmarks=given("target_landmarks", name_of(scene.target_landmarks)),
            landmark_prefix=given("landmark_prefix", scene.landmark_prefix),
            landmarks_file=landmarks_file,
            source_exclude_group=given("source_exclude_group", scene.source_exclude_group),
            target_exclude_group=given("target_exclude_group", scene.target_exclude_group),
            source_weight_group=given("source_weight_group", scene.source_weight_group),
            heat_map_max=scene.heat_map_max,
        )

    def _end_modal(self, context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)

    def _conclude(self, context) -> set[str]:
        global _running
        session, _running = _running, None
        session_report.end()
        if session.state == "cancelled":
            self.report({"INFO"}, "Cancelled; nothing was changed")
            return {"CANCELLED"}
        if session.error:
            return session_report.fail(self, session.error, session.log_path)
        result = bpy.data.objects[session.result_name]
        context.scene.headbridge.result = result
        if context.mode != "OBJECT":
            # The undo step of another mode would not hold the new object.
            bpy.ops.object.mode_set(mode="OBJECT")
        for obj in context.selected_objects:
            obj.select_set(False)
        result.select_set(True)
        context.view_layer.objects.active = result
        if not bpy.app.background and context.scene.headbridge.show_after != "NONE":
            try:
                comparison.show(context, context.scene.headbridge.show_after, result)
            except MeshError as problem:
                self.report({"WARNING"}, str(problem))
        self.report({"INFO"}, f"'{result.name}' registered")
        return {"FINISHED"}


def _selected_pair(context) -> tuple[str, str]:
    """(other, active) of exactly two selected meshes."""
    meshes = [obj for obj in context.selected_objects if obj.type == "MESH"]
    active = context.view_layer.objects.active
    if len(meshes) != 2 or active not in meshes:
        raise MeshError("Pick a source and a target object in the panel, or select the source and then the target.")
    return next(obj.name for obj in meshes if obj != active), active.name


CLASSES = (HEADBRIDGE_OT_register,)
