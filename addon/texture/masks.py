# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a head's texture, and both as the files of a job."""

from __future__ import annotations

import bpy
import numpy as np

from .. import image_files
from ..image_files import ImageError, Meaning
from ..job_files import JobFolder

# Bits of a pixel of an image with alpha.
_DEPTHS_WITH_ALPHA = {32, 64, 128}


def mask_of(obj: bpy.types.Object, image: bpy.types.Image, name: str) -> bpy.types.Image | None:
    """The image, by name, that is white where an object's texture is known; when empty the coverage it was baked with,
    None without one. Raises `ImageError`."""
    mask = bpy.data.images.get(name) if name else None
    if name and mask is None:
        raise ImageError(f"There is no image '{name}'; pick one of this file's.")
    if mask is None and obj.headbridge.texture == image:
        mask = obj.headbridge.coverage
    if mask is not None:
        image_files.check_image(mask)
    return mask


def check_known(image: bpy.types.Image, mask: bpy.types.Image | None) -> None:
    """Raise `ImageError` where neither a mask nor its alpha says what is known of an image."""
    if mask is None and image.source != "TILED" and image.depth not in _DEPTHS_WITH_ALPHA:
        raise ImageError(f"Nothing says what is known of '{image.name}'; pick an image that is white where it is.")


def write_masked(folder: JobFolder, image: bpy.types.Image, mask: bpy.types.Image | None) -> Meaning:
    """Write an image, perhaps a mask, and options.npz that names their files by tile; what the image's colours mean."""
    written = image_files.write_image(image, folder)
    options = {"image_files": np.array(written.files, np.str_), "image_tiles": written.tiles}
    if mask is not None:
        options["mask_files"] = np.array(_mask_files(folder, mask, written.tiles), np.str_)
    folder.write_arrays("options.npz", options)
    return written.meaning


def _mask_files(folder: JobFolder, mask: bpy.types.Image, tiles: np.ndarray) -> list[str]:
    """The mask's files in the order of the texture's tiles."""
    written = image_files.write_image(mask, folder, "mask")
    by_tile = dict(zip(map(tuple, written.tiles.tolist()), written.files))
    missing = [tile for tile in map(tuple, tiles.tolist()) if tile not in by_tile]
    if missing:
        raise ImageError(
            f"'{mask.name}' lacks the tile {image_files.number_of(missing[0])}, which the texture has; pick a mask with "
            "the same tiles."
        )
    return [by_tile[tile] for tile in map(tuple, tiles.tolist())]
