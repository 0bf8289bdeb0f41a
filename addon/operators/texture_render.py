# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a texture of coefficients in full size."""

import bpy

from ..job_session import JobSession
from ..texture.render_session import RenderTextureSession, render_session
from . import missing
from .job_operator import JobOperator


class HEADBRIDGE_OT_render_texture(JobOperator, bpy.types.Operator):
    """Make the texture of the sliders in full size, a fitted one in that of the fit. Moving a slider brings the small
    picture back. Esc cancels"""

    bl_idname = "headbridge.render_texture"
    bl_label = "Render Full Size"
    bl_options = {"REGISTER", "UNDO"}
    task = RenderTextureSession.task
    asked = ("size",)
    choices = "texture.sample_texture"
    doing = "Making the texture"
    needs = (missing.backend, missing.sliders)

    image: bpy.props.StringProperty(name="Image", description="Name of the texture; the active head's when empty")

    def _session(self, context) -> JobSession:
        return render_session(self.image, **self.chosen(context))

    def _complete(self, _context, session) -> str:
        image = bpy.data.images[session.image_name]
        return f"'{image.name}' has {image.size[0]} x {image.size[1]} texels"


CLASSES = (HEADBRIDGE_OT_render_texture,)
