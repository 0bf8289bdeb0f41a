# SPDX-License-Identifier: GPL-3.0-or-later
"""Images as the user's PNG files."""

from __future__ import annotations

import os
import shutil

import bpy

from .. import image_files
from ..image_files import ImageError, number_of
from ..job_files import JobFolder

_ENDING = ".png"


def write_png(image: bpy.types.Image, path: str) -> list[str]:
    """Write an image as PNG, a tiled one as one file for each tile ("name.1001.png", or where <UDIM> stands); returns
    the paths. Raises `ImageError`, with nothing written."""
    if not path:
        raise ImageError("There is no file name; name the PNG file to write.")
    stem = path[: -len(_ENDING)] if path.lower().endswith(_ENDING) else path
    folder = JobFolder()
    try:
        written = image_files.write_image(image, folder)
        if any(not name.endswith(_ENDING) for name in written.files):
            raise ImageError(f"'{image.name}' has float colours, which PNG cannot hold; save it as OpenEXR instead.")
        if image.source != "TILED":
            targets = [stem + _ENDING]
        else:
            pattern = stem if "<UDIM>" in stem else f"{stem}.<UDIM>"
            numbers = [number_of(tuple(tile)) for tile in written.tiles.tolist()]
            targets = [pattern.replace("<UDIM>", str(number)) + _ENDING for number in numbers]
        for name, target in zip(written.files, targets):
            shutil.copyfile(os.path.join(folder.path, name), target)
    except OSError as problem:
        raise ImageError(f"{path} cannot be written ({problem.strerror}); choose another folder.") from problem
    finally:
        folder.remove()
    return targets
