# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture of coefficients in full size."""

from __future__ import annotations

import numpy as np

from .. import image_files
from ..fits.textured_head import read_files
from ..image_files import FIRST_TILE
from ..job_files import JobFolder
from ..job_session import JobSession
from . import live
from .basis_session import chosen_texture


class RenderTextureSession(JobSession):
    """Has a space or generator make the texture of an image's coefficients, by its name, and packs it into the image.

    size : texels along a tile's side."""

    task = "sample_texture"

    def __init__(self, name: str, size: int):
        super().__init__()
        image = chosen_texture(name)
        self.image_name = image.name
        self._coefficients = live.coefficients_of(image)
        state = image.headbridge
        self._start(
            {
                "space": state.space,
                "layout": state.layout,
                "size": size,
                "components": state.components,
                "coefficients": " ".join(repr(float(value)) for value in self._coefficients),
            }
        )

    def _write_inputs(self, folder: JobFolder) -> None:
        """The settings say everything."""

    def _finish(self, answer: dict) -> None:
        image = chosen_texture(self.image_name)
        contents = list(read_files(self._folder, answer["files"][0]).values())
        numbers = [tile.number for tile in image.tiles] if image.source == "TILED" else [FIRST_TILE]
        files = [
            self._folder.write_bytes(f"full_{number}.png", content)
            for number, content in zip(sorted(numbers), contents)
        ]
        image_files.replace_pixels(image, self._folder, files)
        live.note_drawn(image, self._coefficients)


def random_coefficients(count: int, seed: int, spread: float, limit: float) -> np.ndarray:
    """(count,) normal numbers within the limit, times the spread; more of them leave the first as they were."""
    values = np.random.default_rng(seed).standard_normal((count, 16))
    # The first of several that lies within the limit is as good as one drawn anew.
    inside = np.abs(values) <= limit
    first = np.argmax(inside, axis=1)
    drawn = np.take_along_axis(values, first[:, None], axis=1)[:, 0]
    return (spread * np.clip(drawn, -limit, limit)).astype(np.float32)
