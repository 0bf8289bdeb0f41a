# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the worker while sliders move; any other job goes before."""

from __future__ import annotations

import bpy
import numpy as np

from ..job_files import JobFolder
from ..job_session import JobSession
from . import fitted, live
from .basis import BasisKey

# A generator's pictures for moving sliders have so many pixels along a side.
LIVE_RESOLUTION = 256


class Request(JobSession):
    """A job that gives way. Its folder stays until `remove`, for a thread to read the answer."""

    gives_way = True
    changes_scene = False

    def __init__(self):
        super().__init__()
        self.answer: dict | None = None

    @property
    def path(self) -> str:
        """The job's folder."""
        return self._folder.path

    def _finish(self, answer: dict) -> None:
        self.answer = answer

    def _clean_up(self) -> None:
        self._ended = True
        if self.answer is None:
            self.remove()

    def remove(self) -> None:
        """Remove the folder."""
        self._folder.remove()


class BasisRequest(Request):
    """Asks for mean and components."""

    task = "texture_basis"

    def __init__(self, key: BasisKey):
        super().__init__()
        self._start(key._asdict())


class PicturesWriter:
    """Writes and starts a job of the task "texture_pictures": the picture of an image's coefficients and, where a fit
    found the image, that of the coefficients it found."""

    task = "texture_pictures"

    def _ask(self, image: bpy.types.Image, size: int, resolution: int) -> None:
        self.drawn = live.drawn_of(image)
        self._image = image
        key = live.key_of(image)
        self._start({**key._asdict(), "size": size, "resolution": resolution})

    def _write_inputs(self, folder: JobFolder) -> None:
        image, self._image = self._image, None
        rows, state = [live.coefficients_of(image)], image.headbridge
        options = {}
        if state.fitted:
            rows.append(fitted.coefficients_of(image))
            options["kept"] = np.array([state.detail, 1.0])
            if state.styles:
                options["styles"] = fitted.styles_of(image)
        folder.write_arrays("options.npz", {"coefficients": np.stack(rows), **options})


class PicturesRequest(PicturesWriter, Request):
    """Asks a generator for pictures as small as moving sliders need them."""

    def __init__(self, image: bpy.types.Image):
        super().__init__()
        self._ask(image, image.headbridge.size, LIVE_RESOLUTION)

    def read_pixels(self) -> np.ndarray:
        """(R, T, size, size, 3) uint8 of the answer."""
        return self._folder.read_arrays(self.answer["result"])["pixels"]
