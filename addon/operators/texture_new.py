# SPDX-License-Identifier: GPL-3.0-or-later
"""Make textures with sliders, and get back what their sliders need."""

import bpy

from .. import settings, viewport_shading
from ..texture.basis_session import NewTextureSession, ReloadBasisSession
from . import missing
from .job_operator import JobOperator


class HEADBRIDGE_OT_new_texture(JobOperator, bpy.types.Operator):
    """Give the active head, of FLAME's or HACK's UV layout, a texture of the chosen space or generator, with sliders
    for what it can change. Esc cancels"""

    bl_idname = "headbridge.new_texture"
    bl_label = "New Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = NewTextureSession.task
    # The layout is the head's.
    asked = settings.names(NewTextureSession.task, without=("layout",))
    choices = "texture.texture_basis"
    doing = "Reading the texture space"
    needs = (missing.backend, missing.mesh("Select a head first"), missing.uvs, missing.space)

    object: bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty")

    def _session(self, context) -> NewTextureSession:
        return NewTextureSession(self.object, **self.chosen(context))

    def _complete(self, context, session) -> str:
        viewport_shading.apply(context)
        return f"'{session.object_name}' wears '{session.image_name}'"


class HEADBRIDGE_OT_reload_texture(JobOperator, bpy.types.Operator):
    """Read the texture space again, which the sliders of this texture need. Esc cancels"""

    bl_idname = "headbridge.reload_texture"
    bl_label = "Load for Sliders"
    bl_options = {"REGISTER", "UNDO"}
    task = ReloadBasisSession.task
    asked = ()
    doing = "Reading the texture space"

    image: bpy.props.StringProperty(name="Image", description="Name of the texture; the active head's when empty")

    def _session(self, _context) -> ReloadBasisSession:
        return ReloadBasisSession(self.image)

    def _complete(self, _context, session) -> str:
        return f"The sliders of '{session.image_name}' are ready"


CLASSES = (HEADBRIDGE_OT_new_texture, HEADBRIDGE_OT_reload_texture)
