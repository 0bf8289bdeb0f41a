# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit a head model to 3D landmarks."""

import bpy

from .. import settings
from ..fits.fit_session import RiggedFit
from ..fits.landmarks_session import FILE_TYPES, FitLandmarksSession
from .fit_operator import FitToSceneOperator, chosen_settings
from .job_operator import FileJobOperator


class _FitLandmarks(FitToSceneOperator):
    task = FitLandmarksSession.task
    doing = "Fitting a head model"


class HEADBRIDGE_OT_fit_landmarks(_FitLandmarks, bpy.types.Operator):
    """Find the likeliest head through the selected empties, and add it with its rig. Name the empties after landmarks
    (such as nose tip), or number 51 or 68 of them in iBUG's order. Esc cancels"""

    bl_idname = "headbridge.fit_landmarks"
    bl_label = "Fit Landmarks"

    __annotations__ = settings.properties(FitLandmarksSession.task)

    def _session(self, context) -> RiggedFit:
        return RiggedFit(FitLandmarksSession(context.selected_objects, None, chosen_settings(self, context)))


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
        **settings.properties(FitLandmarksSession.task),
    }

    def _session(self, context) -> RiggedFit:
        path = bpy.path.abspath(self.filepath)
        return RiggedFit(FitLandmarksSession([], path, chosen_settings(self, context)))


CLASSES = (HEADBRIDGE_OT_fit_landmarks, HEADBRIDGE_OT_fit_landmarks_file)
