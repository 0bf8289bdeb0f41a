# SPDX-License-Identifier: GPL-3.0-or-later
"""Project a photo onto a head."""

import bpy

from .. import viewport_shading
from ..photo.project_session import ProjectTextureSession
from . import missing
from .job_operator import JobOperator, Place


class HEADBRIDGE_OT_project_texture(JobOperator, bpy.types.Operator):
    """Project the photos of the active head, or the active camera's, onto the head as it is posed: a new image on its
    own UVs, of what the photos show of it. Esc cancels"""

    bl_idname = "headbridge.project_texture"
    bl_label = "Project Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = ProjectTextureSession.task
    doing = "Projecting the photo"
    needs = (missing.backend, missing.photo_camera, missing.uvs)
    choices = "fits.project_texture"
    place = Place("HEADBRIDGE_PT_fit", "TEXTURE", "Project Texture", 6, front=("size", "device"))

    object: bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty")
    camera: bpy.props.StringProperty(
        name="Camera", description="Name of a camera whose background image is the photo; a fitted one when empty"
    )

    def _session(self, context) -> ProjectTextureSession:
        return ProjectTextureSession(self.object, self.camera, self.chosen(context), context)

    def _complete(self, context, session) -> str:
        viewport_shading.apply(context)
        return f"'{session.object_name}' wears '{session.image_name}'"


CLASSES = (HEADBRIDGE_OT_project_texture,)
