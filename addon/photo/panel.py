# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of the single jobs about photos."""

import bpy

from ..fits.panel import FitPanel


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


class HEADBRIDGE_PT_project_texture(FitPanel, bpy.types.Panel):
    bl_label = "Project Texture"
    task = "project_texture"
    operator = "project_texture"
    icon = "TEXTURE"
    front = ("size", "device")


CLASSES = (HEADBRIDGE_PT_fit_photo, HEADBRIDGE_PT_project_texture)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
