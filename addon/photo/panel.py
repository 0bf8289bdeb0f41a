# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels "Photo" and "Photo View" of the sidebar tab."""

import bpy

from ..fits.panel import FitPanel
from ..panel_parts import SidebarPanel, draw_job
from ..preferences import draw_error
from . import landmark_points, live_picture, photo_camera

_PICTURE_SCALE = 11.0
# Whose errors are shown below the landmarks.
_VIEW_OPERATORS = {
    "HEADBRIDGE_OT_refit_photo",
    "HEADBRIDGE_OT_edit_photo_landmarks",
    "HEADBRIDGE_OT_clear_photo_landmarks",
    "HEADBRIDGE_OT_look_through_photo",
    "HEADBRIDGE_OT_render_like_photo",
    "HEADBRIDGE_OT_pose_like_photo",
}


class HEADBRIDGE_PT_fit_photo(FitPanel, bpy.types.Panel):
    bl_label = "Photo"
    task = "fit_photo"
    operator = "fit_photo"
    icon = "IMAGE_DATA"
    front = ("model", "size", "device")

    def draw_more(self, column, context):
        fits = context.scene.headbridge.fits
        for number, photo in enumerate(fits.photos):
            row = column.row(align=True)
            row.use_property_split = False
            row.prop(photo, "image", text="")
            row.operator("headbridge.remove_photo", text="", icon="X").index = number
            if photo.camera is not None:
                column.prop(photo, "camera")
        row = column.row(align=True)
        row.operator("headbridge.add_photos", icon="ADD")
        row.operator("headbridge.edit_photo_landmarks", text="", icon="EMPTY_AXIS")
        column.prop(fits, "photo_light")

    def draw(self, context):
        super().draw(context)
        if context.window_manager.headbridge.error_of == "HEADBRIDGE_OT_add_photos":
            draw_error(self.layout, context)
        if live_picture.is_shown():
            self.layout.template_icon(icon_value=live_picture.icon(), scale=_PICTURE_SCALE)


class HEADBRIDGE_PT_photo_view(SidebarPanel, bpy.types.Panel):
    bl_label = "Photo View"
    bl_parent_id = "HEADBRIDGE_PT_fit"

    @classmethod
    def poll(cls, context):
        return photo_camera.find(context) is not None

    def draw(self, context):
        layout, camera = self.layout, photo_camera.find(context)
        fitted = photo_camera.head_of(camera)
        cameras = photo_camera.cameras_of(fitted) if fitted is not None else [camera]
        column = layout.column(align=True)
        for other in cameras:
            text = other.name if len(cameras) > 1 else "Look Through Photo"
            looking = photo_camera.looked_through(context) == other
            button = column.operator("headbridge.look_through_photo", text=text, icon="VIEW_CAMERA", depress=looking)
            button.camera = other.name
        if not photo_camera.fits_frame(camera, context.scene.render):
            layout.label(text="The render size has changed: look through again", icon="ERROR")
        fade = photo_camera.fade(camera)
        if fade is not None:
            layout.prop(fade, "alpha", text="Fade", slider=True)
        column = layout.column(align=True)
        if fitted is not None:
            column.operator("headbridge.pose_like_photo", icon="ARMATURE_DATA").camera = camera.name
        column.operator("headbridge.render_like_photo", icon="RENDER_STILL").camera = camera.name


class HEADBRIDGE_PT_photo_landmarks(SidebarPanel, bpy.types.Panel):
    bl_label = "Landmarks"
    bl_parent_id = "HEADBRIDGE_PT_photo_view"

    def draw(self, context):
        layout, camera = self.layout, photo_camera.find(context)
        empties = landmark_points.of(camera)
        row = layout.row(align=True)
        row.operator("headbridge.edit_photo_landmarks", text=f"Edit {len(empties)}", icon="EMPTY_AXIS")
        row.operator("headbridge.clear_photo_landmarks", text="", icon="TRASH")
        if empties:
            collection = empties[0].users_collection[0]
            row.prop(collection, "hide_viewport", text="", icon_only=True, emboss=True)
        if context.window_manager.headbridge.task != "fit_photo":
            draw_job(layout, context, "headbridge.refit_photo", "FILE_REFRESH", set())
        if context.window_manager.headbridge.error_of in _VIEW_OPERATORS:
            draw_error(layout, context)


class HEADBRIDGE_PT_project_texture(FitPanel, bpy.types.Panel):
    bl_label = "Project Texture"
    task = "project_texture"
    operator = "project_texture"
    icon = "TEXTURE"
    front = ("size", "device")


CLASSES = (
    HEADBRIDGE_PT_fit_photo,
    HEADBRIDGE_PT_photo_view,
    HEADBRIDGE_PT_photo_landmarks,
    HEADBRIDGE_PT_project_texture,
)

_register, _unregister = bpy.utils.register_classes_factory(CLASSES)


def register():
    live_picture.register()
    _register()


def unregister():
    _unregister()
    live_picture.unregister()
