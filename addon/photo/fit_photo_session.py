# SPDX-License-Identifier: GPL-3.0-or-later
"""A head model fitted to photos of one person."""

from __future__ import annotations

import os

import bpy
import numpy as np

from ..fits.fit_session import FitSession
from ..fits.fitted_head import FittedHeadSession
from ..fits.textured_head import read_files
from ..image_files import ImageError
from ..job_files import JobFolder
from ..texture import fitted
from . import fit_state, live_picture
from .photo_input import PhotoInput, write_points
from .photographed_head import FitFiles, PhotographedHeadSession

PREVIEW_FILE = "preview.png"


class FitPhotoSession(FitSession):
    """A running fit to photos; the scene gets the head, its texture, cameras and light when it has succeeded.

    replaced : name of the head of an earlier fit to take the place of, empty for none; it is kept as it was but for the
    photos' pins where nothing else changed. light : whether to add one."""

    task = "fit_photo"
    answer_kinds = {
        "result": str,
        "metrics": dict,
        "notes": list,
        "settings": dict,
        "views": list,
        "textures": list,
        "coverages": list,
        "state": str,
    }

    def __init__(self, photos: list[PhotoInput], settings: dict, light: bool = True, replaced: str = ""):
        if not photos:
            raise ImageError("There is no photo to fit; add one in the panel, or name its file.")
        super().__init__(f"{photos[0].source.label} Fit")
        for photo in photos:
            for source in (photo.source, photo.dense_uv, photo.normals):
                if source is not None:
                    source.check()
        self._photos = photos
        self._light = light
        self._replaced = replaced
        self._picture_time = 0
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        names = [photo.source.write(folder, f"photo_{k:02d}") for k, photo in enumerate(self._photos, start=1)]
        options = {"photo_files": np.array(names, np.str_)}
        files = {"landmark_files": [], "pin_files": [], "dense_files": [], "normal_files": []}
        for k, photo in enumerate(self._photos, start=1):
            files["landmark_files"].append(write_points(photo.landmarks, folder, f"landmarks_{k:02d}"))
            files["pin_files"].append(write_points(photo.pins, folder, f"pins_{k:02d}", photo.left_out))
            for kind, source in (("dense", photo.dense_uv), ("normal", photo.normals)):
                files[f"{kind}_files"].append("" if source is None else source.write(folder, f"{kind}_{k:02d}"))
        options |= {kind: np.array(names, np.str_) for kind, names in files.items() if any(names)}
        state = fit_state.of(bpy.data.objects.get(self._replaced))
        if state is not None:
            options["kept_file"] = np.array(folder.write_bytes("kept.npz", state))
        folder.write_arrays("options.npz", options)

    def step(self, show_preview: bool = True) -> bool:
        """See `JobSession.step`."""
        if show_preview and not self._ended:
            self._look_for_picture()
        return super().step(show_preview)

    def _look_for_picture(self) -> None:
        """Show the overlay the job wrote last."""
        path = os.path.join(self._folder.path, PREVIEW_FILE)
        try:
            written = os.stat(path).st_mtime_ns
        except OSError:
            return
        if written != self._picture_time:
            self._picture_time = written
            live_picture.show(path)

    def _remove_preview(self) -> None:
        live_picture.clear()

    def _load(self, path: str, answer: dict) -> FittedHeadSession:
        pictures = [view["picture"] for view in answer["views"] if view["picture"]]
        names = [*answer["textures"], *answer["coverages"], *pictures, answer["state"]]
        found = FitFiles(read_files(self._folder, names), fitted.read_styles(self._folder, answer["texture_model"]))
        return PhotographedHeadSession(path, self._name, answer, found, self._photos, self._light, self._replaced)
