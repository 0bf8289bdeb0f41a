# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit a head model to 3D landmarks."""

import bpy

from ..fits.landmarks_session import FILE_TYPES, FitLandmarksSession
from . import missing
from .fit_operator import FitToSceneOperator
from .job_operator import FileJobOperator, Place


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

    __annotations__ = {
        "filepath": bpy.props.StringProperty(name="Landmarks", subtype="FILE_PATH"),
        "filter_glob": bpy.props.StringProperty(
            default=";".join(f"*{ending}" for ending in FILE_TYPES), options={"HIDDEN"}
        ),
    }

    def _session(self, context) -> FitLandmarksSession:
        return FitLandmarksSession([], bpy.path.abspath(self.filepath), self.chosen(context))


CLASSES = (HEADBRIDGE_OT_fit_landmarks, HEADBRIDGE_OT_fit_landmarks_file)
