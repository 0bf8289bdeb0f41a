# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a head's texture in a texture space or a generator."""

import bpy

from .. import settings, viewport_shading
from ..texture.fit_session import FitTextureSession
from .job_operator import JobOperator, name_of


class HEADBRIDGE_OT_fit_texture(JobOperator, bpy.types.Operator):
    """Find what the chosen texture space or generator has of the texture the active head shows: a new image with
    sliders, and how far it is off. Esc cancels"""

    bl_idname = "headbridge.fit_texture"
    bl_label = "Fit to Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = FitTextureSession.task
    doing = "Finding the texture"

    __annotations__ = {
        "object": bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty"),
        "mask": bpy.props.StringProperty(
            name="Known",
            description="Name of an image that is white where the texture counts; the panel's, else the texture's "
            "coverage, when empty",
        ),
        # The layout is the head's.
        **{name: each for name, each in settings.properties(FitTextureSession.task).items() if name != "layout"},
    }

    def _session(self, context) -> FitTextureSession:
        options = context.scene.headbridge.texture
        values = {
            name: self.given(name, getattr(options.fit_texture, name))
            for name in settings.names(self.task)
            if name not in ("layout", "space")
        }
        values["space"] = self.given("space", options.texture_basis.space)
        return FitTextureSession(self.object, self.given("mask", name_of(options.mask)), values)

    def _complete(self, context, session) -> str:
        viewport_shading.apply(context)
        return f"'{session.object_name}' wears '{session.image_name}', {session.told_error} from its texture"


CLASSES = (HEADBRIDGE_OT_fit_texture,)
