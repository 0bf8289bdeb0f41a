# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill in what is hidden of a texture."""

import os

import bpy

from .. import image_files, mesh_arrays, settings, uv_display, uv_layers, viewport_shading
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from ..new_blocks import taken_back_on_failure
from ..texture import masks
from ..texture.head_texture import texture_shown
from . import missing
from .job_operator import JobOperator, Place, name_of


class CompleteTextureSession(JobSession):
    """A running completion of the texture an object shows, by name, else of the active one's; the object wears the whole
    texture, a new image, when it has succeeded.

    mask : name of an image that is white where the texture is to be kept; when empty the coverage it was baked with,
    else its alpha."""

    task = "complete_texture"
    answer_kinds = {"files": list}

    def __init__(self, name: str, mask: str, settings: dict):
        super().__init__()
        obj, image, layer = texture_shown(name)
        mesh_arrays.check_local(obj)
        image_files.check_image(image)
        self.object_name, self.image_name = obj.name, ""
        self._layer = layer or uv_layers.active_layer(obj.data)
        self._arrays = mesh_arrays.read_object(obj, self._layer)
        if self._arrays.uvs is None:
            raise MeshError(f"'{obj.name}' has no UVs that its texture lies on; unwrap it, or transfer UVs, first.")
        self._image, self._mask = image, masks.mask_of(obj, image, mask)
        masks.check_known(image, self._mask)
        self._label = f"{os.path.splitext(image.name)[0]} Completed"
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("mesh.npz", self._arrays)
        self._meaning = masks.write_masked(folder, self._image, self._mask)
        self._image = None

    def _finish(self, answer: dict) -> None:
        obj = bpy.data.objects.get(self.object_name)
        if obj is None or not mesh_arrays.same_size(obj.data, self._arrays) or self._layer not in obj.data.uv_layers:
            raise MeshError(f"'{self.object_name}' was edited meanwhile; complete the texture again.")
        with taken_back_on_failure():
            image = image_files.read_image(self._folder, answer["files"], self._label, self._meaning)
        uv_display.wear_bake(obj, image, None, self._layer, at_once=True)
        self.image_name = image.name


class HEADBRIDGE_OT_complete_texture(JobOperator, bpy.types.Operator):
    """Fill in what is hidden of the texture the active head shows, such as what a photo does not show of it, as a new
    image. Esc cancels"""

    bl_idname = "headbridge.complete_texture"
    bl_label = "Complete Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = CompleteTextureSession.task
    # The layout is the head's.
    asked = settings.names(CompleteTextureSession.task, without=("layout",))
    choices = "texture.complete_texture"
    doing = "Completing the texture"
    needs = (missing.backend, missing.texture)
    place = Place("HEADBRIDGE_PT_texture", "MOD_MIRROR", "Complete", 2)

    object: bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty")
    mask: bpy.props.StringProperty(
        name="Known",
        description="Name of an image that is white where the texture is to be kept; the panel's, else the texture's "
        "coverage or alpha, when empty",
    )

    def _session(self, context) -> CompleteTextureSession:
        options = context.scene.headbridge.texture
        return CompleteTextureSession(self.object, self.given("mask", name_of(options.mask)), self.chosen(context))

    @classmethod
    def draw_before(cls, column, context):
        column.prop(context.scene.headbridge.texture, "mask")

    def _complete(self, context, session) -> str:
        viewport_shading.apply(context)
        return f"'{session.object_name}' wears '{session.image_name}'"


CLASSES = (HEADBRIDGE_OT_complete_texture,)
