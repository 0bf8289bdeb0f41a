# SPDX-License-Identifier: GPL-3.0-or-later
"""Give a head the UV layout of another."""

import bpy

from .. import comparison, uv_layers, viewport_shading
from ..uv_session import SHOW_ITEMS, UvRequest, UvSession
from . import missing
from .job_operator import JobOperator, name_of, selected_pair


class HEADBRIDGE_OT_transfer_uvs(JobOperator, bpy.types.Operator):
    """Give the target a new UV layer with the source's layout; its own layers stay. Esc cancels"""

    bl_idname = "headbridge.transfer_uvs"
    bl_label = "Transfer UVs"
    bl_options = {"REGISTER", "UNDO"}
    task = UvSession.task
    choices = "uv_settings"
    doing = "Transferring UVs"
    needs = (missing.backend, missing.pair("uv_source", "uv_target"))

    source: bpy.props.StringProperty(
        name="Source", description="Name of the object whose layout is wanted; the panel's when empty"
    )
    target: bpy.props.StringProperty(
        name="Target", description="Name of the object that gets it; the panel's when empty"
    )
    source_layer: bpy.props.StringProperty(
        name="Source Layer", description="UV layer of the source; its active one when empty"
    )
    show: bpy.props.EnumProperty(items=SHOW_ITEMS, name="Show")

    def _session(self, context) -> UvSession:
        scene = context.scene.headbridge
        source, target = chosen_pair(self, context)
        return UvSession(
            UvRequest(
                source=source,
                target=target,
                settings=self.chosen(context),
                source_layer=self.given("source_layer", scene.uv_source_layer),
                show=self.given("show", scene.uv_show),
            )
        )

    def _complete(self, context, session) -> str:
        target = bpy.data.objects[session.request.target]
        show_target(context, target)
        problems = int(uv_layers.problem_faces(target.data).sum())
        if problems:
            self.report({"WARNING"}, f"{problems} faces have problems: Select Problem Triangles shows them")
        return f"'{target.name}' has the UV layer '{session.layer_name}'"


def show_target(context, target: bpy.types.Object) -> None:
    """Put the target of a finished job into the panel and before the user's eyes."""
    scene = context.scene.headbridge
    if scene.uv_target != target:
        scene.uv_target = target
    if not bpy.app.background:
        comparison.uncover(context, target)
    viewport_shading.apply(context)


def chosen_pair(operator: JobOperator, context) -> tuple[str, str]:
    """Names of source and target: the operator's, else the panel's, else (other, active) of two selected meshes."""
    scene = context.scene.headbridge
    source = operator.given("source", name_of(scene.uv_source))
    target = operator.given("target", name_of(scene.uv_target))
    return (source, target) if source or target else selected_pair(context)


CLASSES = (HEADBRIDGE_OT_transfer_uvs,)
