# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose the texture space or generator that textures are made of."""

import bpy

from .. import session_report
from ..texture import choices
from ..texture.choices import FindTexturesSession
from .job_operator import JobOperator


class HEADBRIDGE_OT_find_textures(JobOperator, bpy.types.Operator):
    """Look for the texture spaces and generators in your model folders"""

    bl_idname = "headbridge.find_textures"
    bl_label = "Look for Textures"
    task = FindTexturesSession.task
    doing = "Looking for textures"

    def _session(self, _context) -> FindTexturesSession:
        return FindTexturesSession()

    def _complete(self, _context, _session) -> str:
        return f"{len(choices.found())} texture spaces and generators are there"


class HEADBRIDGE_OT_choose_texture(bpy.types.Operator):
    """Choose the texture space or generator for new textures"""

    bl_idname = "headbridge.choose_texture"
    bl_label = "Choose Texture Space"
    bl_options = {"UNDO", "INTERNAL"}

    space: bpy.props.EnumProperty(items=choices.items, name="Texture")

    def execute(self, context):
        context.scene.headbridge.texture.texture_basis.space = self.space
        return {"FINISHED"}


class HEADBRIDGE_OT_open_texture_file(bpy.types.Operator):
    """Choose a file of a texture space (.npz) or of a generator (.safetensors, .pth) for new textures"""

    bl_idname = "headbridge.open_texture_file"
    bl_label = "Open Texture Space"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.npz;*.safetensors;*.pth;*.pt", options={"HIDDEN"})

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        if not self.filepath:
            return session_report.fail(self, "There is no file; name one of a texture space or generator.")
        context.scene.headbridge.texture.texture_basis.space = bpy.path.abspath(self.filepath)
        return {"FINISHED"}


CLASSES = (HEADBRIDGE_OT_find_textures, HEADBRIDGE_OT_choose_texture, HEADBRIDGE_OT_open_texture_file)
