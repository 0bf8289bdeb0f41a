# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain meshes of rigged heads, closed meshes, files."""

import os

import bpy

from .. import session_report
from ..image_files import ImageError
from ..mesh_arrays import MeshError, check_local, check_mesh
from ..rig import bake, export, rigged_head, watertight
from .missing import refuse
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
            check_local(obj)
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
    ending: bpy.props.StringProperty(
        name="Ending", default=".glb", description="Of the file that is proposed", options={"HIDDEN"}
    )
    purpose: bpy.props.EnumProperty(items=export.PURPOSES, name="For", description="The panel's when not given")
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, context):
        if context.mode != "OBJECT" or _head(context) is None:
            return refuse(cls, "Select a head, in Object Mode")
        return True

    def invoke(self, context, _event):
        if not self.filepath:
            folder = os.path.dirname(bpy.data.filepath)
            self.filepath = os.path.join(folder, f"{_head(context).name}{self.ending}")
            self.filter_glob = f"*{self.ending}"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        path = bpy.path.abspath(self.filepath)
        try:
            chosen = context.scene.headbridge.purpose
            purpose = self.purpose if self.properties.is_property_set("purpose") else chosen
            export.write(_head(context), path, context, purpose)
        except (MeshError, ImageError, RuntimeError, OSError) as problem:
            return session_report.fail(self, str(problem))
        self.report({"INFO"}, f"Wrote {os.path.basename(path)}")
        return {"FINISHED"}


def _head(context) -> bpy.types.Object | None:
    """The active mesh, or the head of the active rig."""
    active = context.view_layer.objects.active
    rigged = rigged_head.find(active)
    if rigged is not None:
        return rigged.head
    return active if active is not None and active.type == "MESH" else None


def _active_mesh_poll(operator, context) -> bool:
    active = context.view_layer.objects.active
    if active is None or active.type != "MESH" or context.mode != "OBJECT":
        return refuse(operator, "Select a mesh in Object Mode")
    return True


CLASSES = (HEADBRIDGE_OT_bake_rig, HEADBRIDGE_OT_make_watertight, HEADBRIDGE_OT_export_head)
