# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a head's texture in a texture space or a generator."""

import os

import bpy

from .. import image_files, settings, uv_display, uv_layers, viewport_shading
from ..fits.textured_head import packed_texture, read_files
from ..image_files import ImageError
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError, check_local
from ..new_blocks import taken_back_on_failure
from ..texture import fitted, head_layout, live, masks
from ..texture.head_texture import texture_shown
from . import missing
from .job_operator import JobOperator, Place, name_of


class FitTextureSession(JobSession):
    """A running search for the texture an object shows, by name, else for the active one's; the object wears what the
    space or generator has of it, a new image with sliders, when it has succeeded.

    mask : name of an image that is white where the texture counts; as in `masks.mask_of`, else all of it counts."""

    task = "fit_texture"
    answer_kinds = {"textures": list, "texture_model": dict, "metrics": dict}

    def __init__(self, name: str, mask: str, settings: dict):
        super().__init__()
        obj, image, layer = texture_shown(name)
        check_local(obj)
        image_files.check_image(image)
        self.object_name, self.image_name, self.told_error = obj.name, "", ""
        found = head_layout.recognise(obj)
        self._layer = layer or uv_layers.active_layer(obj.data)
        if found.uv_layer != self._layer:
            raise ImageError(
                f"'{image.name}' is not in the UV layout of {found.layout.upper()}; bake it to a head with that layout "
                "first."
            )
        self._image, self._mask = image, masks.mask_of(obj, image, mask)
        self._stem = os.path.splitext(image.name)[0]
        self._start({**settings, "layout": found.layout})

    def _write_inputs(self, folder: JobFolder) -> None:
        masks.write_masked(folder, self._image, self._mask)
        self._image = self._mask = None

    def _finish(self, answer: dict) -> None:
        obj = bpy.data.objects.get(self.object_name)
        if obj is None or head_layout.recognise(obj).uv_layer != self._layer:
            raise MeshError(f"'{self.object_name}' was edited meanwhile; find its texture again.")
        model = answer["texture_model"]
        with taken_back_on_failure():
            files = read_files(self._folder, answer["textures"])
            image = packed_texture(self._folder, files, f"{self._stem} in {model['label']}")
            live.note_fit(image, model, fitted.read_styles(self._folder, model))
        uv_display.wear_bake(obj, image, None, self._layer, at_once=True)
        self.image_name, self.told_error = image.name, f"{answer['metrics']['psnr']:.1f} dB"


class HEADBRIDGE_OT_fit_texture(JobOperator, bpy.types.Operator):
    """Find what the chosen texture space or generator has of the texture the active head shows: a new image with
    sliders, and how far it is off. Esc cancels"""

    bl_idname = "headbridge.fit_texture"
    bl_label = "Fit to Texture"
    bl_options = {"REGISTER", "UNDO"}
    task = FitTextureSession.task
    # The layout is the head's.
    asked = settings.names(FitTextureSession.task, without=("layout",))
    choices = "texture.fit_texture"
    doing = "Finding the texture"
    needs = (missing.backend, missing.texture, missing.space)
    place = Place("HEADBRIDGE_PT_texture", "EYEDROPPER", order=3, hidden=("space",))

    object: bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty")
    mask: bpy.props.StringProperty(
        name="Known",
        description="Name of an image that is white where the texture counts; the panel's, else the texture's "
        "coverage, when empty",
    )

    def _session(self, context) -> FitTextureSession:
        options = context.scene.headbridge.texture
        # That of the panel is the one of new textures.
        values = {**self.chosen(context), "space": self.given("space", options.texture_basis.space)}
        return FitTextureSession(self.object, self.given("mask", name_of(options.mask)), values)

    @classmethod
    def draw_before(cls, column, context):
        column.prop(context.scene.headbridge.texture, "mask")

    def _complete(self, context, session) -> str:
        viewport_shading.apply(context)
        return f"'{session.object_name}' wears '{session.image_name}', {session.told_error} from its texture"


CLASSES = (HEADBRIDGE_OT_fit_texture,)
