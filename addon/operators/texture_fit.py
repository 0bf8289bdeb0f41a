# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a head's texture in a texture space or a generator."""

import bpy

from .. import settings, viewport_shading
from ..texture.fit_session import FitTextureSession
from . import missing
from .job_operator import JobOperator, Place, name_of


class HEADBRIDGE_OT_fit_texture(JobOperator, bpy.types.Operator):
    """Find what the chosen texture space or generator has of the texture the active head shows: a new image with
    sliders, and how far it is off. Esc cancels"""

    bl_idname = "headbridge.fit_texture"
    bl_label = "Fit to Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = FitTextureSession.task
    # The layout is the head's.
    asked = settings.names(FitTextureSession.task, without=("layout",))
    choices = "texture.fit_texture"
    doing = "Finding the texture"
    needs = (missing.backend, missing.texture, missing.space)
    place = Place("HEADBRIDGE_PT_texture", "EYEDROPPER", order=3, hidden=("space",))

    __annotations__ = {
        "object": bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty"),
        "mask": bpy.props.StringProperty(
            name="Known",
            description="Name of an image that is white where the texture counts; the panel's, else the texture's "
            "coverage, when empty",
        ),
    }

    def _session(self, context) -> FitTextureSession:
        options = context.scene.headbridge.texture
        # That of the panel is the one of new textures.
        values = {**self.chosen(context), "space": self.given("space", options.texture_basis.space)}
        return FitTextureSession(self.object, self.given("mask", name_of(options.mask)), values)

    @classmethod
    def draw_before(cls, column, context):
        column.prop(context.scene.headbridge.texture, "mask")

    def _complete(self, context, session) -> str:
        viewport_shading.apply(context)
        return f"'{session.object_name}' wears '{session.image_name}', {session.told_error} from its texture"


CLASSES = (HEADBRIDGE_OT_fit_texture,)
