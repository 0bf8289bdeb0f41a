# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking through a photo's camera, and rendering as the photo was taken."""

import bpy

from .. import borrowed_views, render_kept, session_report, viewport_shading
from ..mesh_arrays import MeshError
from ..photo import photo_camera, photo_pose
from . import missing


class PhotoOperator(missing.Asked):
    """Works at once on the camera of the photo that is meant; a derived class does so in `_apply`."""

    bl_options = {"REGISTER", "UNDO"}
    needs = (missing.photo_camera,)

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
    """Look through the photo's camera in this 3D view, which shows textures meanwhile; the scene's camera and render
    settings stay"""

    bl_idname = "headbridge.look_through_photo"
    bl_label = "Look Through Photo"

    def _apply(self, context, camera) -> str:
        photo_camera.look_through(context, camera)
        viewport_shading.apply(context)
        return f"Looking through '{camera.name}'"


class HEADBRIDGE_OT_render_like_photo(PhotoOperator, bpy.types.Operator):
    """Render what the photo shows: makes its camera the scene's, and sets the photo's size, a world without other light,
    a transparent background and the view transform Standard, in which colours are those of the photo. Restore Render
    Settings gives the scene's own back"""

    bl_idname = "headbridge.render_like_photo"
    bl_label = "Match Photo Render"

    def invoke(self, context, _event):
        if bpy.app.background:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(
            self, title="Change How This Scene Renders?", confirm_text="Match Photo Render"
        )

    def draw(self, _context):
        column = self.layout.column(align=True)
        for text, icon in (
            ("Camera: the photo's", "CAMERA_DATA"),
            ("Size: the photo's, transparent background", "IMAGE_DATA"),
            ("World: none but the photo's light", "WORLD"),
            ("Colours: view transform Standard", "COLOR"),
            ("Restore Render Settings gives yours back", "LOOP_BACK"),
        ):
            column.label(text=text, icon=icon)

    def _apply(self, context, camera) -> str:
        photo_camera.render_like(camera, context.scene)
        return f"Renders are {context.scene.render.resolution_x} x {context.scene.render.resolution_y} pixels"


class HEADBRIDGE_OT_restore_render(bpy.types.Operator):
    """Give the scene the camera, world, render size and colours back that it had before Match Photo Render"""

    bl_idname = "headbridge.restore_render"
    bl_label = "Restore Render Settings"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if not render_kept.is_kept(context.scene):
            return missing.refuse(cls, "The scene has its own render settings")
        return True

    def execute(self, context):
        render_kept.give_back(context.scene)
        return {"FINISHED"}


class HEADBRIDGE_OT_back_to_view(bpy.types.Operator):
    """Give this 3D view back as it was before it looked through a photo or showed textures in Solid shading"""

    bl_idname = "headbridge.back_to_view"
    bl_label = "Back to 3D"

    @classmethod
    def poll(cls, context):
        if not borrowed_views.is_borrowed(context.space_data):
            return missing.refuse(cls, "This view is as you set it")
        return True

    def execute(self, context):
        borrowed_views.give_back(context.space_data)
        return {"FINISHED"}


class HEADBRIDGE_OT_pose_like_photo(PhotoOperator, bpy.types.Operator):
    """Give the head the expression and pose it has in this photo"""

    bl_idname = "headbridge.pose_like_photo"
    bl_label = "Pose Like Photo"

    def _apply(self, _context, camera) -> str:
        photo_pose.apply(camera)
        return f"The head is as in '{camera.name}'"


CLASSES = (
    HEADBRIDGE_OT_look_through_photo,
    HEADBRIDGE_OT_render_like_photo,
    HEADBRIDGE_OT_restore_render,
    HEADBRIDGE_OT_back_to_view,
    HEADBRIDGE_OT_pose_like_photo,
)
