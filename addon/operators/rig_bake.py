# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain meshes of rigged heads, closed meshes, files."""

import os

import bpy

from .. import session_report
from ..mesh_arrays import MeshError, check_mesh
from ..rig import bake, export, watertight
from .rig_values import RigOperator


class HEADBRIDGE_OT_bake_rig(RigOperator, bpy.types.Operator):
    """Make what the sliders and bones show permanent"""

    bl_idname = "headbridge.bake_rig"
    bl_label = "Bake"

    what: bpy.props.EnumProperty(
        name="Bake",
        items=[
            ("MESH", "To Mesh", "A new mesh of the head as it looks now, without sliders and bones; the rig is hidden"),
            ("IDENTITY", "Identity", "The face becomes the rig's neutral face; expressions, bones and eyes stay alive"),
        ],
    )

    def _apply(self, context, rigged) -> str:
        if self.what == "IDENTITY":
            return f"{bake.identity(rigged)} identity keys became the neutral face of '{rigged.head.name}'"
        obj = bake.plain_mesh(rigged, context)
        obj.select_set(True)
        context.view_layer.objects.active = obj
        return f"'{obj.name}' is a plain mesh; the rig is hidden"


class HEADBRIDGE_OT_make_watertight(bpy.types.Operator):
    """Close the openings of the active head (neck, mouth, eyes), for printing or simulation; shape keys stay"""

    bl_idname = "headbridge.make_watertight"
    bl_label = "Make Watertight"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return _active_mesh_poll(cls, context)

    def execute(self, context):
        obj = context.view_layer.objects.active
        try:
            check_mesh(obj)
            count = watertight.fill_openings(obj)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        done = f"Closed {count} openings of '{obj.name}'" if count else f"'{obj.name}' was closed already"
        self.report({"INFO"}, done)
        return {"FINISHED"}


class HEADBRIDGE_OT_export_head(bpy.types.Operator):
    """Write the active head to a file: .obj and .ply as it looks now, .glb and .fbx with its shape keys, bones and motion,
    .abc with the vertices of every frame"""

    bl_idname = "headbridge.export_head"
    bl_label = "Export Head"

    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.obj;*.ply;*.glb;*.fbx;*.abc", options={"HIDDEN"})

    @classmethod
    def poll(cls, context):
        return _active_mesh_poll(cls, context)

    def invoke(self, context, _event):
        if not self.filepath:
            self.filepath = f"{context.view_layer.objects.active.name}.glb"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        path = bpy.path.abspath(self.filepath)
        try:
            export.write(context.view_layer.objects.active, path, context)
        except (MeshError, RuntimeError, OSError) as problem:
            return session_report.fail(self, str(problem))
        self.report({"INFO"}, f"Wrote {os.path.basename(path)}")
        return {"FINISHED"}


def _active_mesh_poll(operator, context) -> bool:
    active = context.view_layer.objects.active
    if active is None or active.type != "MESH" or context.mode != "OBJECT":
        operator.poll_message_set("Select a mesh in Object Mode")
        return False
    return True


CLASSES = (HEADBRIDGE_OT_bake_rig, HEADBRIDGE_OT_make_watertight, HEADBRIDGE_OT_export_head)
