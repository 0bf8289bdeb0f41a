# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill in what is hidden of a texture."""

import bpy

from .. import settings, viewport_shading
from ..texture.complete_session import CompleteTextureSession
from . import missing
from .job_operator import JobOperator, Place, name_of


class HEADBRIDGE_OT_complete_texture(JobOperator, bpy.types.Operator):
    """Fill in what is hidden of the texture the active head shows, such as what a photo does not show of it, as a new
    image. Esc cancels"""

    bl_idname = "headbridge.complete_texture"
    bl_label = "Complete Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = CompleteTextureSession.task
    # The layout is the head's.
    asked = settings.names(CompleteTextureSession.task, without=("layout",))
    choices = "texture.complete_texture"
    doing = "Completing the texture"
    needs = (missing.backend, missing.texture)
    place = Place("HEADBRIDGE_PT_texture", "MOD_MIRROR", "Complete", 2)

    __annotations__ = {
        "object": bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty"),
        "mask": bpy.props.StringProperty(
            name="Known",
            description="Name of an image that is white where the texture is to be kept; the panel's, else the texture's "
            "coverage or alpha, when empty",
        ),
    }

    def _session(self, context) -> CompleteTextureSession:
        options = context.scene.headbridge.texture
        return CompleteTextureSession(self.object, self.given("mask", name_of(options.mask)), self.chosen(context))

    @classmethod
    def draw_before(cls, column, context):
        column.prop(context.scene.headbridge.texture, "mask")

    def _complete(self, context, session) -> str:
        viewport_shading.apply(context)
        return f"'{session.object_name}' wears '{session.image_name}'"


CLASSES = (HEADBRIDGE_OT_complete_texture,)
