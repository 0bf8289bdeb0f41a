# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at transferred UVs: checker, texture or the own materials, and the faces that have problems."""

import bmesh
import bpy
import numpy as np
from bpy.app.translations import pgettext_tip as tip_

from .. import session_report, uv_display, uv_layers, viewport_shading
from ..mesh_arrays import MeshError, check_local
from . import missing


def _target(operator, context) -> bpy.types.Object:
    """The object named by the operator, else the panel's target, else the active object; raises `MeshError`."""
    scene = context.scene.headbridge
    obj = bpy.data.objects.get(operator.target) if operator.target else scene.uv_target or context.object
    if obj is None or obj.type != "MESH":
        raise MeshError("Pick the target, a mesh object, in the panel first.")
    return obj


class HEADBRIDGE_OT_show_uvs(missing.Asked, bpy.types.Operator):
    """Change what the target shows"""

    bl_idname = "headbridge.show_uvs"
    bl_label = "Show UVs"
    bl_options = {"REGISTER", "UNDO"}
    needs = (missing.uv_target,)

    mode: bpy.props.EnumProperty(items=uv_display.ITEMS, name="Mode")
    target: bpy.props.StringProperty(name="Target", description="Name of the object; the panel's target when empty")

    @classmethod
    def description(cls, _context, properties):
        return tip_(next(text for key, _label, text in uv_display.ITEMS if key == properties.mode))

    def execute(self, context):
        try:
            target = _target(self, context)
            check_local(target)
            uv_display.show(target, self.mode)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        viewport_shading.apply(context)
        return {"FINISHED"}


class HEADBRIDGE_OT_select_uv_problems(missing.Asked, bpy.types.Operator):
    """Select, in Edit Mode, the target's faces that the last transfer left turned over or lying on others, and those
    where its registration should be looked at"""

    bl_idname = "headbridge.select_uv_problems"
    bl_label = "Select Problem Triangles"
    bl_options = {"REGISTER", "UNDO"}
    needs = (missing.transferred,)

    target: bpy.props.StringProperty(name="Target", description="Name of the object; the panel's target when empty")

    def execute(self, context):
        try:
            obj = _target(self, context)
            if obj.name not in context.view_layer.objects or not obj.visible_get():
                raise MeshError(f"'{obj.name}' is hidden; show it first.")
            if context.mode != "OBJECT":
                bpy.ops.object.mode_set(mode="OBJECT")
            faces = uv_layers.problem_faces(obj.data)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        if not faces.any():
            self.report({"INFO"}, f"'{obj.name}' has no problem triangles")
            return {"CANCELLED"}
        for other in context.selected_objects:
            other.select_set(False)
        obj.select_set(True)
        context.view_layer.objects.active = obj
        context.tool_settings.mesh_select_mode = (False, False, True)
        bpy.ops.object.mode_set(mode="EDIT")
        _select_faces(obj.data, np.flatnonzero(faces))
        self.report({"INFO"}, f"{int(faces.sum())} faces with problems selected")
        return {"FINISHED"}


def _select_faces(mesh: bpy.types.Mesh, indices: np.ndarray) -> None:
    """Select exactly these faces of a mesh in Edit Mode; hidden ones stay hidden."""
    bpy.ops.mesh.select_all(action="DESELECT")
    edited = bmesh.from_edit_mesh(mesh)
    edited.faces.ensure_lookup_table()
    for index in indices:
        if not edited.faces[index].hide:
            edited.faces[index].select_set(True)
    bmesh.update_edit_mesh(mesh, loop_triangles=False, destructive=False)


CLASSES = (HEADBRIDGE_OT_show_uvs, HEADBRIDGE_OT_select_uv_problems)
