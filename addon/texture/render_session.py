# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures of coefficients in full size, and random coefficients."""

from __future__ import annotations

import bpy
import numpy as np

from .. import image_files
from ..fits.textured_head import read_files
from ..image_files import FIRST_TILE
from ..job_session import JobSession
from ..random_draws import generator, truncated_normal
from . import fitted, live
from .basis_session import chosen_texture
from .requests import PicturesWriter

# The sizes that the backend makes pictures in, and more than any generator's.
_LEAST_SIZE, _ANY_RESOLUTION = 64, 4096


class RenderTextureSession(JobSession):
    """Has a space or generator make the texture of an image's coefficients, by its name, and packs it into the image.

    size : texels along a tile's side."""

    task = "sample_texture"

    def __init__(self, name: str, size: int):
        super().__init__()
        image = chosen_texture(name)
        self.image_name = image.name
        self._drawn = live.drawn_of(image)
        state = image.headbridge
        self._start(
            {
                "space": state.space,
                "layout": state.layout,
                "size": size,
                "components": state.components,
                "coefficients": " ".join(repr(float(value)) for value in live.coefficients_of(image)),
            }
        )

    def _finish(self, answer: dict) -> None:
        image = chosen_texture(self.image_name)
        contents = list(read_files(self._folder, answer["files"][0]).values())
        numbers = [tile.number for tile in image.tiles] if image.source == "TILED" else [FIRST_TILE]
        files = [
            self._folder.write_bytes(f"full_{number}.png", content)
            for number, content in zip(sorted(numbers), contents)
        ]
        image_files.replace_pixels(image, self._folder, files)
        image.headbridge.drawn, image.headbridge.draft = self._drawn, False


class RenderFittedSession(PicturesWriter, JobSession):
    """Makes a fit's texture of an image's coefficients, by its name, in the size of the fit's own picture."""

    def __init__(self, name: str):
        super().__init__()
        image = chosen_texture(name)
        self.image_name = image.name
        size = min(max(fitted.original_texels(image).shape[1], _LEAST_SIZE), fitted.LARGEST_LIVE)
        self._ask(image, size, _ANY_RESOLUTION)

    def _finish(self, answer: dict) -> None:
        image = chosen_texture(self.image_name)
        pixels = self._folder.read_arrays(answer["result"])["pixels"]
        drawing = live.drawing_of_pictures(image, self.drawn, answer, pixels, None)
        live.show(image, drawing, drawing.files())


def render_session(name: str, size: int) -> JobSession:
    """The session that makes an image's texture in full size, which is the fit's own for one that a fit found."""
    return RenderFittedSession(name) if chosen_texture(name).headbridge.fitted else RenderTextureSession(name, size)


def random_coefficients(image: bpy.types.Image, seed: int, spread: float, limit: float) -> np.ndarray:
    """(K,) coefficients that look plausible, those of the first texture of `headbridge sample-texture`; textures of more of
    them have the same first ones."""
    coefficients = image.headbridge.coefficients
    drawn = spread * truncated_normal(len(coefficients), limit, generator(seed))
    natural = [each.scale * min(max(x, each.least), each.most) + each.offset for each, x in zip(coefficients, drawn)]
    return np.array(natural, np.float32)
