# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit a head model to a scan."""

import bpy

from .. import settings
from ..fits.fit_session import RiggedFit
from ..fits.scan_session import RESULTS, FitScanSession
from .fit_operator import FitToSceneOperator, chosen_settings


class HEADBRIDGE_OT_fit_scan(FitToSceneOperator, bpy.types.Operator):
    """Find the head in the active scan, whatever its size and turn, and add it with its rig: the model's face, the
    scan's own as the key Detail, and the scan's picture as texture. Takes about a minute. Esc cancels"""

    bl_idname = "headbridge.fit_scan"
    bl_label = "Fit Scan"
    task = FitScanSession.task
    doing = "Fitting a head to the scan"

    __annotations__ = {
        "object": bpy.props.StringProperty(name="Object", description="Name of the scan; the active one when empty"),
        "result": bpy.props.EnumProperty(items=RESULTS, name="Result"),
        **settings.properties(FitScanSession.task),
    }

    def _session(self, context) -> RiggedFit:
        result = self.given("result", context.scene.headbridge.fits.scan_result)
        return RiggedFit(FitScanSession(self.object, result, chosen_settings(self, context)))


CLASSES = (HEADBRIDGE_OT_fit_scan,)
