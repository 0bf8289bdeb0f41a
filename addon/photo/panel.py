# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of the single jobs about photos."""

import bpy

from ..fits.panel import FitPanel
from ..panel_parts import split_column


class HEADBRIDGE_PT_fit_photo(FitPanel, bpy.types.Panel):
    bl_label = "Photo"
    task = "fit_photo"
    operator = "fit_photo"
    icon = "IMAGE_DATA"
    front = ("model", "size", "device")

    def draw_more(self, column, context):
        fits = context.scene.headbridge.fits
        for photo in fits.photos:
            if photo.camera is not None:
                column.prop(photo, "camera", text=photo.image.name if photo.image is not None else "Photo")
        column.prop(fits, "photo_light")

    def draw_rest(self, context):
        photos = [photo for photo in context.scene.headbridge.fits.photos if photo.image is not None]
        if not photos:
            return
        header, body = self.layout.panel("HEADBRIDGE_PT_fit_photo_dense", default_closed=True)
        header.label(text="Dense Images")
        if body is not None:
            for photo in photos:
                column = split_column(body, context)
                column.label(text=photo.image.name, translate=False)
                column.prop(photo, "dense_uv")
                column.prop(photo, "normals")


class HEADBRIDGE_PT_project_texture(FitPanel, bpy.types.Panel):
    bl_label = "Project Texture"
    task = "project_texture"
    operator = "project_texture"
    icon = "TEXTURE"
    front = ("size", "device")


CLASSES = (HEADBRIDGE_PT_fit_photo, HEADBRIDGE_PT_project_texture)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
