# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit a head model to a scan."""

import bpy

from ..fits.scan_session import RESULTS, FitScanSession
from . import missing
from .fit_operator import FitToSceneOperator
from .job_operator import Place


class HEADBRIDGE_OT_fit_scan(FitToSceneOperator, bpy.types.Operator):
    """Find the head in the active scan, whatever its size and turn, and add it with its rig: the model's face, the
    scan's own as the key Detail, and the scan's picture as texture. Takes about a minute. Esc cancels"""

    bl_idname = "headbridge.fit_scan"
    bl_label = "Fit Scan"
    task = FitScanSession.task
    doing = "Fitting a head to the scan"
    needs = (missing.backend, missing.mesh("Select the scan, a mesh, first"))
    choices = "fits.fit_scan"
    place = Place("HEADBRIDGE_PT_fit", "USER", "Scan", 2, front=("model", "size", "device"))

    object: bpy.props.StringProperty(name="Object", description="Name of the scan; the active one when empty")
    result: bpy.props.EnumProperty(items=RESULTS, name="Result")

    def _session(self, context) -> FitScanSession:
        result = self.given("result", context.scene.headbridge.fits.scan_result)
        return FitScanSession(self.object, result, self.chosen(context))

    @classmethod
    def draw_before(cls, column, context):
        column.prop(context.scene.headbridge.fits, "scan_result")


CLASSES = (HEADBRIDGE_OT_fit_scan,)
