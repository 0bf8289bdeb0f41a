# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a head's texture as PNG files."""

import os

import bpy

from .. import session_report
from ..image_files import ImageError
from ..job_client import BackendError
from ..mesh_arrays import MeshError
from ..texture import picture_files
from ..texture.head_texture import texture_shown
from . import missing


class HEADBRIDGE_OT_export_texture(missing.Asked, bpy.types.Operator):
    """Write the texture the active head shows as a PNG file, or as one for every UDIM tile (name.1001.png)"""

    bl_idname = "headbridge.export_texture"
    bl_label = "Export PNG"
    bl_options = {"REGISTER"}
    needs = (missing.texture,)

    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_glob: bpy.props.StringProperty(default="*.png", options={"HIDDEN"})
    object: bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty")

    def invoke(self, context, _event):
        try:
            image = texture_shown(self.object)[1]
        except (MeshError, ImageError, BackendError) as problem:
            return session_report.fail(self, str(problem))
        if not self.filepath:
            self.filepath = f"{os.path.splitext(bpy.path.clean_name(image.name))[0]}.png"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context):
        try:
            written = picture_files.write_png(texture_shown(self.object)[1], bpy.path.abspath(self.filepath))
        except (MeshError, ImageError, BackendError) as problem:
            return session_report.fail(self, str(problem))
        self.report({"INFO"}, f"Wrote {', '.join(map(os.path.basename, written))}")
        return {"FINISHED"}


CLASSES = (HEADBRIDGE_OT_export_texture,)
