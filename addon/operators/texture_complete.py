# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill in what is hidden of a texture."""

import bpy

from .. import settings, viewport_shading
from ..texture.complete_session import CompleteTextureSession
from .job_operator import JobOperator, name_of


class HEADBRIDGE_OT_complete_texture(JobOperator, bpy.types.Operator):
    """Fill in what is hidden of the texture the active head shows, such as what a photo does not show of it, as a new
    image. Esc cancels"""

    bl_idname = "headbridge.complete_texture"
    bl_label = "Complete Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = CompleteTextureSession.task
    doing = "Completing the texture"

    __annotations__ = {
        "object": bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty"),
        "mask": bpy.props.StringProperty(
            name="Known",
            description="Name of an image that is white where the texture is to be kept; the panel's, else the texture's "
            "coverage or alpha, when empty",
        ),
        # The layout is the head's.
        **{name: each for name, each in settings.properties(CompleteTextureSession.task).items() if name != "layout"},
    }

    def _session(self, context) -> CompleteTextureSession:
        options = context.scene.headbridge.texture
        names = [name for name in settings.names(self.task) if name != "layout"]
        values = {name: self.given(name, getattr(options.complete_texture, name)) for name in names}
        return CompleteTextureSession(self.object, self.given("mask", name_of(options.mask)), values)

    def _complete(self, context, session) -> str:
        viewport_shading.apply(context)
        return f"'{session.object_name}' wears '{session.image_name}'"


CLASSES = (HEADBRIDGE_OT_complete_texture,)
