# SPDX-License-Identifier: GPL-3.0-or-later
"""The rigged head of a fit that made a texture, too."""

from __future__ import annotations

import os

import bpy

from .. import image_files
from ..image_files import FIRST_TILE, Meaning
from ..job_files import JobFolder
from ..new_blocks import taken_back_on_failure
from .fitted_head import FittedHeadSession
from .texture import wear


class TexturedHeadSession(FittedHeadSession):
    """Loads a head and its texture; textures : content of PNG files of the model's UV layout by their names, one for
    each tile ("texture.png", or "texture_1002.png" and so on), none where there is no texture."""

    # Whether the texture is taken to hold the highlights.
    matte = False

    def __init__(self, path: str, name: str, fit: dict, textures: dict[str, bytes]):
        super().__init__(path, name, fit)
        self._textures = textures

    def _finish(self, answer: dict) -> None:
        with taken_back_on_failure():
            self._build(answer)
            if self._textures:
                image = packed_texture(self._folder, self._textures, self._name)
                wear(bpy.data.objects[self.head_name], image, self.matte)
                self._note(image)

    def _note(self, image: bpy.types.Image) -> None:
        """Remember with the texture what more is known of it."""

    def _build(self, answer: dict) -> None:
        """Add the head itself."""
        super()._finish(answer)


def read_files(folder: JobFolder, names: list[str]) -> dict[str, bytes]:
    """The content of files of a job by their names."""
    content = {}
    for name in names:
        with open(folder.file(name), "rb") as file:
            content[name] = file.read()
    return content


def packed_texture(
    folder: JobFolder, textures: dict[str, bytes], name: str, colour_space: str = image_files.SRGB
) -> bpy.types.Image:
    """A new packed image of texture files, tiled where there are several."""
    files = []
    for file, content in textures.items():
        stem, ending = os.path.splitext(file)
        numbered = file if stem[-4:].isdigit() else f"{stem}_{FIRST_TILE}{ending}"
        files.append(folder.write_bytes(numbered, content))
    return image_files.read_image(folder, files, name, Meaning(colour_space))
