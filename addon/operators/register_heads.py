# SPDX-License-Identifier: GPL-3.0-or-later
"""Register a source head onto a target head."""

import bpy

from .. import comparison
from ..landmark_pairs import LANDMARK_ITEMS
from ..mesh_arrays import MeshError
from ..register_session import RegisterRequest, RegisterSession
from . import missing
from .framing import select_only
from .job_operator import JobOperator, name_of, selected_pair


class HEADBRIDGE_OT_register(JobOperator, bpy.types.Operator):
    """Transfer the source's topology onto the target's surface; the result is a new object. Esc cancels"""

    bl_idname = "headbridge.register"
    bl_label = "Register"
    bl_options = {"REGISTER", "UNDO"}
    task = RegisterSession.task
    choices = "settings"
    doing = "Registering"
    needs = (missing.backend, missing.pair("source", "target"))

    source: bpy.props.StringProperty(name="Source", description="Name of the source object; the panel's when empty")
    target: bpy.props.StringProperty(name="Target", description="Name of the target object; the panel's when empty")
    landmarks: bpy.props.EnumProperty(items=LANDMARK_ITEMS, name="Landmarks")
    source_landmarks: bpy.props.StringProperty(name="Source Empties", description="Name of a collection of empties")
    target_landmarks: bpy.props.StringProperty(name="Target Empties", description="Name of a collection of empties")
    landmark_prefix: bpy.props.StringProperty(name="Landmark Group Prefix")
    landmarks_file: bpy.props.StringProperty(name="Landmark File", subtype="FILE_PATH")
    source_exclude_group: bpy.props.StringProperty(name="Source Do Not Match")
    target_exclude_group: bpy.props.StringProperty(name="Target Do Not Match")
    source_weight_group: bpy.props.StringProperty(name="Source Weight")

    def _session(self, context) -> RegisterSession:
        return RegisterSession(self._request(context))

    def _request(self, context) -> RegisterRequest:
        scene = context.scene.headbridge

        given = self.given
        source, target = given("source", name_of(scene.source)), given("target", name_of(scene.target))
        if not source and not target:
            source, target = selected_pair(context)
        landmarks_file = given("landmarks_file", scene.landmarks_file)
        by_file = self.properties.is_property_set("landmarks_file") and landmarks_file
        return RegisterRequest(
            source=source,
            target=target,
            settings=self.chosen(context),
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

    def _complete(self, context, session) -> str:
        result = bpy.data.objects[session.result_name]
        context.scene.headbridge.result = result
        select_only(context, [result])
        if not bpy.app.background and context.scene.headbridge.show_after != "NONE":
            try:
                comparison.show(context, context.scene.headbridge.show_after, result)
            except MeshError as problem:
                self.report({"WARNING"}, str(problem))
        return f"'{result.name}' registered"


CLASSES = (HEADBRIDGE_OT_register,)
