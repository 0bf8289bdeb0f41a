# SPDX-License-Identifier: GPL-3.0-or-later
"""What is hidden of a head's texture, filled in."""

from __future__ import annotations

import os

import bpy
import numpy as np

from .. import image_files, mesh_arrays, uv_display, uv_layers
from ..image_files import ImageError
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from ..new_blocks import taken_back_on_failure
from .head_texture import texture_shown

# Bits of a pixel of an image with alpha.
_DEPTHS_WITH_ALPHA = {32, 64, 128}


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
        uv_layers.check_local(obj)
        image_files.check_image(image)
        self.object_name, self.image_name = obj.name, ""
        self._layer = layer or uv_layers.active_layer(obj.data)
        self._arrays = mesh_arrays.read_object(obj, self._layer)
        if self._arrays.uvs is None:
            raise MeshError(f"'{obj.name}' has no UVs that its texture lies on; unwrap it, or transfer UVs, first.")
        self._image, self._mask = image, _mask(obj, image, mask)
        self._label = f"{os.path.splitext(image.name)[0]} Completed"
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("mesh.npz", self._arrays)
        written = image_files.write_image(self._image, folder)
        options = {"image_files": np.array(written.files, np.str_), "image_tiles": written.tiles}
        if self._mask is not None:
            options["mask_files"] = np.array(self._mask_files(folder, written.tiles), np.str_)
        folder.write_arrays("options.npz", options)
        self._meaning = written.meaning
        self._image = None

    def _mask_files(self, folder: JobFolder, tiles: np.ndarray) -> list[str]:
        """The mask's files in the order of the texture's tiles."""
        masks = image_files.write_image(self._mask, folder, "mask")
        by_tile = dict(zip(map(tuple, masks.tiles.tolist()), masks.files))
        missing = [tile for tile in map(tuple, tiles.tolist()) if tile not in by_tile]
        if missing:
            raise ImageError(
                f"'{self._mask.name}' lacks the tile {image_files.number_of(missing[0])}, which the texture has; pick a "
                "mask with the same tiles."
            )
        return [by_tile[tile] for tile in map(tuple, tiles.tolist())]

    def _finish(self, answer: dict) -> None:
        obj = bpy.data.objects.get(self.object_name)
        if obj is None or not mesh_arrays.same_size(obj.data, self._arrays) or self._layer not in obj.data.uv_layers:
            raise MeshError(f"'{self.object_name}' was edited meanwhile; complete the texture again.")
        with taken_back_on_failure():
            image = image_files.read_image(self._folder, answer["files"], self._label, self._meaning)
        uv_display.wear_bake(obj, image, None, self._layer, at_once=True)
        self.image_name = image.name


def _mask(obj: bpy.types.Object, image: bpy.types.Image, name: str) -> bpy.types.Image | None:
    """The image that says what is known; None where the texture's alpha does. Raises `ImageError`."""
    mask = bpy.data.images.get(name) if name else None
    if name and mask is None:
        raise ImageError(f"There is no image '{name}'; pick one of this file's.")
    if mask is None and obj.headbridge.texture == image:
        mask = obj.headbridge.coverage
    if mask is not None:
        image_files.check_image(mask)
    elif image.source != "TILED" and image.depth not in _DEPTHS_WITH_ALPHA:
        raise ImageError(f"Nothing says what is known of '{image.name}'; pick an image that is white where it is.")
    return mask
