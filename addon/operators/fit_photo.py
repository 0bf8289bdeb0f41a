# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit a head model to photos, and again from corrected landmarks."""

import os

import bpy

from .. import session_report, viewport_shading
from ..image_files import ImageError
from ..mesh_arrays import check_local
from ..new_blocks import taken_back_on_failure
from ..panel_parts import split_column
from ..photo import photo_camera, photo_input, removal
from ..photo.fit_photo_session import FitPhotoSession
from ..photo.photo_input import PhotoInput
from ..photo.photo_source import FILE_FILTER, PhotoSource
from ..rig import rigged_head
from . import missing
from .fit_operator import FitOperator
from .job_operator import Place


class _FitPhoto(FitOperator):
    task = FitPhotoSession.task
    doing = "Fitting a head to the photo"
    choices = "fits.fit_photo"

    def _complete(self, context, session) -> str:
        text = super()._complete(context, session)
        made = rigged_head.find(bpy.data.objects[session.head_name])
        photo_camera.look_through(context, photo_camera.cameras_of(made)[0])
        viewport_shading.apply(context)
        return text


class HEADBRIDGE_OT_fit_photo(_FitPhoto, bpy.types.Operator):
    """Find the head in a photo, or in several of one person, and add it with its rig, texture and light, and a camera
    that looks through the photo. Esc cancels"""

    bl_idname = "headbridge.fit_photo"
    bl_label = "Fit to Photo"
    needs = (missing.backend, missing.photos)
    place = Place("HEADBRIDGE_PT_fit", "IMAGE_DATA", "Photo", 5, front=("model", "size", "device"))

    filepath: bpy.props.StringProperty(
        name="Photo", subtype="FILE_PATH", description="The photo's file; the panel's photos when empty"
    )
    directory: bpy.props.StringProperty(
        name="Folder", subtype="DIR_PATH", description="Folder of several photos, which `files` names"
    )
    files: bpy.props.CollectionProperty(
        type=bpy.types.OperatorFileListElement, name="Photos", description="Several photos of one person"
    )
    add_light: bpy.props.BoolProperty(
        name="Add Light", default=True, description="Add a sun and a world of the light in the first photo"
    )

    def _session(self, context) -> FitPhotoSession:
        add_light = self.given("add_light", context.scene.headbridge.fits.photo_light)
        return FitPhotoSession(self._photos(context), self.chosen(context), add_light)

    def _photos(self, context) -> list[PhotoInput]:
        paths = [os.path.join(self.directory, file.name) for file in self.files if file.name]
        if not paths and self.filepath:
            paths = [self.filepath]
        if paths:
            return [PhotoInput(PhotoSource(bpy.path.abspath(path))) for path in paths]
        return [
            photo_input.of_panel(photo) for photo in context.scene.headbridge.fits.photos if photo.image is not None
        ]

    @classmethod
    def draw_before(cls, column, context):
        fits = context.scene.headbridge.fits
        for photo in fits.photos:
            if photo.camera is not None:
                column.prop(photo, "camera", text=photo.image.name if photo.image is not None else "Photo")
        column.prop(fits, "photo_light")

    @classmethod
    def draw_after(cls, layout, context):
        photos = [photo for photo in context.scene.headbridge.fits.photos if photo.image is not None]
        if not photos:
            return
        header, body = layout.panel("HEADBRIDGE_PT_fit_photo_dense", default_closed=True)
        header.label(text="Dense Images")
        if body is not None:
            for photo in photos:
                column = split_column(body, context)
                column.label(text=photo.image.name, translate=False)
                column.prop(photo, "dense_uv")
                column.prop(photo, "normals")


class HEADBRIDGE_OT_refit_photo(_FitPhoto, bpy.types.Operator):
    """Fit the photos of the active head again, with the dense images of before, from the landmarks as they are on them
    now; the new head takes the place of the old one. Esc cancels"""

    bl_idname = "headbridge.refit_photo"
    bl_label = "Fit Again"
    needs = (missing.backend, missing.photo_camera)

    camera: bpy.props.StringProperty(
        name="Camera", description="Name of a camera of the photo; the active one when empty"
    )

    def _session(self, context) -> FitPhotoSession:
        camera = photo_camera.named(self.camera, context)
        fitted = photo_camera.head_of(camera)
        cameras = photo_camera.cameras_of(fitted) if fitted is not None else [camera]
        if fitted is not None:
            # It goes when the new head takes its place.
            check_local(fitted.head)
        photos = [photo_input.of_camera(camera) for camera in cameras]
        replaced = fitted.head.name if fitted is not None else ""
        add_light = fitted is None or removal.has_light(fitted)
        return FitPhotoSession(photos, self.chosen(context), add_light, replaced)


class HEADBRIDGE_OT_add_photos(bpy.types.Operator):
    """Load photos of one person for Fit to Photo"""

    bl_idname = "headbridge.add_photos"
    bl_label = "Add Photos"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(name="Photo", subtype="FILE_PATH")
    directory: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH")
    files: bpy.props.CollectionProperty(type=bpy.types.OperatorFileListElement, name="Photos")
    filter_glob: bpy.props.StringProperty(default=FILE_FILTER, options={"HIDDEN"})

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        paths = [os.path.join(self.directory, file.name) for file in self.files if file.name] or [self.filepath]
        try:
            with taken_back_on_failure():
                loaded = [_loaded(bpy.path.abspath(path)) for path in paths]
        except (RuntimeError, ImageError) as problem:
            return session_report.fail(self, str(problem).strip())
        context.scene.headbridge.input = "PHOTOS"
        photos = context.scene.headbridge.fits.photos
        known = {photo.image for photo in photos}
        for image in loaded:
            if image not in known:
                photos.add().image = image
        return {"FINISHED"}


def _loaded(path: str) -> bpy.types.Image:
    """The image of a file, which may be in this Blender file already; raises `RuntimeError` or `ImageError`."""
    image = bpy.data.images.load(path, check_existing=True)
    PhotoSource("", image.name).check()
    return image


class HEADBRIDGE_OT_remove_photo(bpy.types.Operator):
    """Take this photo off the list; the image stays in the file"""

    bl_idname = "headbridge.remove_photo"
    bl_label = "Remove Photo"
    bl_options = {"REGISTER", "UNDO"}

    index: bpy.props.IntProperty(name="Index", min=0, description="Place of the photo in the list, from 0")

    def execute(self, context):
        photos = context.scene.headbridge.fits.photos
        if self.index >= len(photos):
            return {"CANCELLED"}
        photos.remove(self.index)
        return {"FINISHED"}


CLASSES = (
    HEADBRIDGE_OT_fit_photo,
    HEADBRIDGE_OT_refit_photo,
    HEADBRIDGE_OT_add_photos,
    HEADBRIDGE_OT_remove_photo,
)
