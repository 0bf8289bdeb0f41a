# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit a head model to 3D landmarks."""

import os

import bpy
import numpy as np

from ..fits import landmark_empties
from ..fits.fit_session import FitSession
from ..job_files import JobFolder, user_file
from ..mesh_arrays import MeshError
from . import missing
from .fit_operator import FitToSceneOperator
from .job_operator import FileJobOperator, Place

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


class _FitLandmarks(FitToSceneOperator):
    task = FitLandmarksSession.task
    doing = "Fitting a head model"
    choices = "fits.fit_landmarks3d"


class HEADBRIDGE_OT_fit_landmarks(_FitLandmarks, bpy.types.Operator):
    """Find the likeliest head through the selected empties, and add it with its rig. Name the empties after landmarks
    (such as nose tip), or number 51 or 68 of them in iBUG's order. Esc cancels"""

    bl_idname = "headbridge.fit_landmarks"
    bl_label = "Fit Landmarks"
    needs = (missing.backend, missing.empties)
    place = Place("HEADBRIDGE_PT_fit", "EMPTY_DATA", "Landmarks", 1, front=("model",), beside="fit_landmarks_file")

    def _session(self, context) -> FitLandmarksSession:
        return FitLandmarksSession(context.selected_objects, None, self.chosen(context))


class HEADBRIDGE_OT_fit_landmarks_file(FileJobOperator, _FitLandmarks, bpy.types.Operator):
    """Find the likeliest head through the points of a file (MeshLab's picked points, NumPy or JSON), and add it with
    its rig, where Blender imports a mesh with these points"""

    bl_idname = "headbridge.fit_landmarks_file"
    bl_label = "Fit Landmark File"

    filepath: bpy.props.StringProperty(name="Landmarks", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default=";".join(f"*{ending}" for ending in FILE_TYPES), options={"HIDDEN"})

    def _session(self, context) -> FitLandmarksSession:
        return FitLandmarksSession([], bpy.path.abspath(self.filepath), self.chosen(context))


CLASSES = (HEADBRIDGE_OT_fit_landmarks, HEADBRIDGE_OT_fit_landmarks_file)
