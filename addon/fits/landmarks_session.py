# SPDX-License-Identifier: GPL-3.0-or-later
"""A head model fitted to 3D landmarks: empties of the scene, or a file."""

from __future__ import annotations

import os

import bpy
import numpy as np

from ..job_files import JobFolder, user_file
from ..mesh_arrays import MeshError
from . import landmark_empties
from .fit_session import FitSession

FILE_TYPES = (".pp", ".npy", ".json", ".fcsv", ".txt")


class FitLandmarksSession(FitSession):
    """A running fit to landmarks; the scene gets the head when it has succeeded.

    objects : the empties among them are the landmarks, unless `path` names a file. A head fitted to a file is where Blender
    imports a mesh of the file's frame and unit."""

    task = "fit_landmarks3d"

    def __init__(self, objects: list[bpy.types.Object], path: str | None, settings: dict):
        super().__init__("Landmarks Fit", in_scene=path is None)
        self._file: tuple[str, bytes] | None = None
        if path is not None:
            self._file = _read_file(path)
        else:
            self._points, self._names = landmark_empties.read(objects)
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        if self._file is None:
            names = np.array(self._names, dtype=np.str_)
            folder.write_arrays("landmarks.npz", {"points": self._points, "names": names})
        else:
            name = folder.write_bytes(*self._file)
            folder.write_arrays("options.npz", {"landmarks_file": np.array(name)})


def _read_file(path: str) -> tuple[str, bytes]:
    """The name a landmark file gets in the job folder, and its content; raises `MeshError`."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in FILE_TYPES:
        raise MeshError(f"'{path}' is no landmark file; choose one of {', '.join(FILE_TYPES)}.")
    return f"landmarks{ending}", user_file(path, "landmark file")
