# SPDX-License-Identifier: GPL-3.0-or-later
"""A head model fitted to a scan of the scene, with the scan's picture baked into the model's UV layout."""

from __future__ import annotations

import os

import bpy
import numpy as np

from .. import base_colour, image_files, mesh_arrays
from ..image_files import ImageError, Meaning
from ..job_files import JobFolder
from .fit_session import FitSession
from .fitted_head import FittedHeadSession
from .mesh_session import chosen_object
from .texture import wear

TEXTURE_FILE = "texture_1001.png"


class FitScanSession(FitSession):
    """A running fit to a scan, by name, else to the active object; the scene gets the head when it has succeeded."""

    task = "fit_scan"

    def __init__(self, name: str, settings: dict):
        obj = chosen_object(name, "the scan to fit")
        mesh_arrays.check_mesh(obj)
        super().__init__(f"{obj.name} Fit")
        image, layer = base_colour.texture_of(obj) or (None, "")
        if image is not None and image.source == "TILED":
            raise ImageError(f"The texture '{image.name}' has several tiles; bake it to a single image first.")
        if image is not None:
            image_files.check_image(image)
        self._image = image
        self._arrays = mesh_arrays.read_object(obj, layer)
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("scan.npz", self._arrays)
        if self._image is not None and self._arrays.uvs is not None:
            written = image_files.write_image(self._image, folder)
            folder.write_arrays("options.npz", {"texture_file": np.array(written.files[0])})
        self._image = None

    def _load(self, path: str, answer: dict) -> FittedHeadSession:
        texture = None
        if "texture" in answer:
            with open(os.path.join(self._folder.path, answer["texture"]), "rb") as file:
                texture = file.read()
        return _ScannedHeadSession(path, self._name, answer, texture)


class _ScannedHeadSession(FittedHeadSession):
    """Loads the head of a scan; texture : content of a PNG file of the model's UV layout, or None."""

    def __init__(self, path: str, name: str, fit: dict, texture: bytes | None):
        super().__init__(path, name, fit, in_scene=True, settings={})
        self._texture = texture

    def _finish(self, answer: dict) -> None:
        if self._texture is None:
            super()._finish(answer)
            return
        self._folder.write_bytes(TEXTURE_FILE, self._texture)
        image = image_files.read_image(self._folder, [TEXTURE_FILE], self._name, Meaning(image_files.SRGB))
        try:
            super()._finish(answer)
        except BaseException:
            bpy.data.images.remove(image)
            raise
        wear(bpy.data.objects[self.head_name], image)
