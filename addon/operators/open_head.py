# SPDX-License-Identifier: GPL-3.0-or-later
"""Open a scan or the result of a fit from a file."""

import os

import bpy
from bpy.app.translations import pgettext_tip as tip_

from .. import head_collection, session_report
from ..mesh_arrays import MeshError
from ..new_blocks import taken_back_on_failure
from .framing import frame_if_unseen
from .missing import refuse

_SCANS = {
    ".obj": lambda path: bpy.ops.wm.obj_import(filepath=path),
    ".ply": lambda path: bpy.ops.wm.ply_import(filepath=path),
    ".stl": lambda path: bpy.ops.wm.stl_import(filepath=path),
    ".glb": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ".gltf": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ".fbx": lambda path: bpy.ops.import_scene.fbx(filepath=path),
}
_KINDS = [
    ("SCAN", "Scan", "A scan or another mesh of a head (.obj, .ply, .stl, .glb, .fbx), by Blender's own importers"),
    ("RESULT", "Result", "The head.npz that a fit has written, as a rigged head"),
]


class HEADBRIDGE_OT_open_head(bpy.types.Operator):
    """Open a head from a file"""

    bl_idname = "headbridge.open_head"
    bl_label = "Open Head"
    bl_options = {"REGISTER", "UNDO"}

    kind: bpy.props.EnumProperty(items=_KINDS, name="Kind")
    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(options={"HIDDEN"})

    @classmethod
    def description(cls, _context, properties):
        return tip_(next(text for key, _label, text in _KINDS if key == properties.kind))

    @classmethod
    def poll(cls, context):
        if context.mode != "OBJECT":
            return refuse(cls, "Leave Edit Mode first: a head is opened as a new object")
        return True

    def invoke(self, context, _event):
        self.filter_glob = "*.npz" if self.kind == "RESULT" else ";".join(f"*{ending}" for ending in _SCANS)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        path = bpy.path.abspath(self.filepath)
        if self.kind == "RESULT":
            way = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
            status = bpy.ops.headbridge.load_fit(way, filepath=path)
            return {"FINISHED"} if "RUNNING_MODAL" in status else status
        reader = _SCANS.get(os.path.splitext(path)[1].lower())
        if reader is None or not os.path.isfile(path):
            return session_report.fail(self, f"'{path}' is no mesh file; choose one of {', '.join(_SCANS)}.")
        try:
            with head_collection.active_for_new(), taken_back_on_failure():
                meshes = _read(reader, path)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        except RuntimeError as problem:
            said = str(problem).strip().removeprefix("Error: ")
            return session_report.fail(
                self, f"'{os.path.basename(path)}' has no mesh that Blender can read ({said}); choose another file."
            )
        # The largest part is the head.
        context.view_layer.objects.active = max(meshes, key=lambda obj: len(obj.data.polygons))
        for obj in meshes:
            head_collection.show_in_local_views(obj)
        context.scene.headbridge.input = "SCAN"
        frame_if_unseen(context, context.view_layer.objects.active)
        return {"FINISHED"}


def _read(reader, path: str) -> list[bpy.types.Object]:
    """The mesh objects that an importer adds; raises `MeshError` where it adds none."""
    before = set(bpy.data.objects)
    reader(path)
    meshes = [obj for obj in bpy.data.objects if obj not in before and obj.type == "MESH"]
    if not meshes:
        raise MeshError(f"'{os.path.basename(path)}' has no mesh in it; choose another file.")
    return meshes


CLASSES = (HEADBRIDGE_OT_open_head,)
