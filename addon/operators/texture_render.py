# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a texture of coefficients in full size."""

import bpy

from .. import settings
from ..job_session import JobSession
from ..texture.render_session import RenderTextureSession, render_session
from .job_operator import JobOperator


class HEADBRIDGE_OT_render_texture(JobOperator, bpy.types.Operator):
    """Make the texture of the sliders in full size, a fitted one in that of the fit. Moving a slider brings the small
    picture back. Esc cancels"""

    bl_idname = "headbridge.render_texture"
    bl_label = "Render Full Size"
    bl_options = {"REGISTER", "UNDO"}
    task = RenderTextureSession.task
    doing = "Making the texture"

    __annotations__ = {
        "image": bpy.props.StringProperty(
            name="Image", description="Name of the texture; the active head's when empty"
        ),
        "size": settings.properties(RenderTextureSession.task)["size"],
    }

    def _session(self, context) -> JobSession:
        size = self.given("size", context.scene.headbridge.texture.sample_texture.size)
        return render_session(self.image, size)

    def _complete(self, _context, session) -> str:
        image = bpy.data.images[session.image_name]
        return f"'{image.name}' has {image.size[0]} x {image.size[1]} texels"


CLASSES = (HEADBRIDGE_OT_render_texture,)
