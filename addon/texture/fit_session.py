# SPDX-License-Identifier: GPL-3.0-or-later
"""A head's texture found in a texture space or a generator."""

from __future__ import annotations

import os

import bpy

from .. import image_files, uv_display, uv_layers
from ..fits.textured_head import packed_texture, read_files
from ..image_files import ImageError
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError, check_local
from ..new_blocks import taken_back_on_failure
from . import fitted, head_layout, live, masks
from .head_texture import texture_shown


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
