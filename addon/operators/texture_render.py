# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a texture of coefficients in full size."""

import bpy

from .. import settings
from ..texture.render_session import RenderTextureSession
from .job_operator import JobOperator


class HEADBRIDGE_OT_render_texture(JobOperator, bpy.types.Operator):
    """Make the texture of the sliders in full size; for a generator this is what shows their values. Moving a slider of
    a space brings the small picture back. Esc cancels"""

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

    def _session(self, context) -> RenderTextureSession:
        size = self.given("size", context.scene.headbridge.texture.sample_texture.size)
        return RenderTextureSession(self.image, size)

    def _complete(self, _context, session) -> str:
        image = bpy.data.images[session.image_name]
        return f"'{image.name}' has {image.size[0]} x {image.size[1]} texels"


CLASSES = (HEADBRIDGE_OT_render_texture,)
