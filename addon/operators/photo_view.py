# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking through a photo's camera, and rendering as the photo was taken."""

import bpy

from .. import session_report
from ..mesh_arrays import MeshError
from ..photo import photo_camera, photo_pose


class PhotoOperator:
    """Works at once on the camera of the photo that is meant; a derived class does so in `_apply`."""

    bl_options = {"REGISTER", "UNDO"}

    camera: bpy.props.StringProperty(
        name="Camera", description="Name of a photo's camera; that of the active head when empty"
    )

    def _apply(self, context, camera) -> str:
        """Change the scene; returns the text to report. May raise `MeshError`."""
        raise NotImplementedError

    def execute(self, context):
        try:
            text = self._apply(context, photo_camera.named(self.camera, context))
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        self.report({"INFO"}, text)
        return {"FINISHED"}


class HEADBRIDGE_OT_look_through_photo(PhotoOperator, bpy.types.Operator):
    """Look through the photo's camera in this 3D view; the scene's camera and render settings stay"""

    bl_idname = "headbridge.look_through_photo"
    bl_label = "Look Through Photo"

    def _apply(self, context, camera) -> str:
        photo_camera.look_through(context, camera)
        return f"Looking through '{camera.name}'"


class HEADBRIDGE_OT_render_like_photo(PhotoOperator, bpy.types.Operator):
    """Render what the photo shows: makes its camera the scene's, and sets the photo's size, its ambient light as world,
    a transparent background and the view transform Standard, in which colours are those of the photo"""

    bl_idname = "headbridge.render_like_photo"
    bl_label = "Render Like Photo"

    def _apply(self, context, camera) -> str:
        photo_camera.render_like(camera, context.scene)
        return f"Renders are {context.scene.render.resolution_x} x {context.scene.render.resolution_y} pixels"


class HEADBRIDGE_OT_pose_like_photo(PhotoOperator, bpy.types.Operator):
    """Give the head the expression and pose it has in this photo"""

    bl_idname = "headbridge.pose_like_photo"
    bl_label = "Pose Like Photo"

    def _apply(self, _context, camera) -> str:
        photo_pose.apply(camera)
        return f"The head is as in '{camera.name}'"


CLASSES = (HEADBRIDGE_OT_look_through_photo, HEADBRIDGE_OT_render_like_photo, HEADBRIDGE_OT_pose_like_photo)
