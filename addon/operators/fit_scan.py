# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit a head model to a scan, and render it for other predictors."""

import bpy

from ..fits.dense_folders import DENSE_FOLDERS, DenseFolders
from ..fits.scan_session import RESULTS, FitScanSession
from ..fits.scan_views_session import ScanViewsSession
from ..panel_parts import split_column
from . import missing
from .fit_operator import FitToSceneOperator
from .job_operator import FileJobOperator, Place


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

    __annotations__ = dict(DENSE_FOLDERS)
    object: bpy.props.StringProperty(name="Object", description="Name of the scan; the active one when empty")
    result: bpy.props.EnumProperty(items=RESULTS, name="Result")

    def _session(self, context) -> FitScanSession:
        result = self.given("result", context.scene.headbridge.fits.scan_result)
        return FitScanSession(self.object, result, self.chosen(context), self._dense(context))

    @classmethod
    def draw_before(cls, column, context):
        column.prop(context.scene.headbridge.fits, "scan_result")

    @classmethod
    def draw_after(cls, layout, context):
        header, body = layout.panel("HEADBRIDGE_PT_fit_scan_dense", default_closed=True)
        header.label(text="Dense Images")
        if body is not None:
            body.operator("headbridge.render_scan_views", text="Render Views...", icon="RENDER_STILL")
            column = split_column(body, context)
            for name in DENSE_FOLDERS:
                column.prop(context.scene.headbridge.fits.scan_dense, name)

    def _dense(self, context) -> DenseFolders | None:
        chosen = context.scene.headbridge.fits.scan_dense
        uvs, normals, cameras = (
            bpy.path.abspath(path) if (path := self.given(name, getattr(chosen, name))) else ""
            for name in DENSE_FOLDERS
        )
        return DenseFolders(uvs, normals, cameras) if uvs else None


class HEADBRIDGE_OT_render_scan_views(FileJobOperator, bpy.types.Operator):
    """Write pictures of the active scan from 14 sides and their cameras into a folder, for a predictor of dense UVs to look
    at. Esc cancels"""

    bl_idname = "headbridge.render_scan_views"
    bl_label = "Render Views"
    task = ScanViewsSession.task
    asked = ()
    asks = "directory"
    doing = "Rendering the scan"
    needs = (missing.backend, missing.mesh("Select the scan, a mesh, first"))

    object: bpy.props.StringProperty(name="Object", description="Name of the scan; the active one when empty")
    directory: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH")
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def _session(self, context) -> ScanViewsSession:
        device = context.scene.headbridge.fits.fit_scan.device
        return ScanViewsSession(self.object, bpy.path.abspath(self.directory), {"device": device})

    def _complete(self, _context, session) -> str:
        return f"Wrote the views and their cameras into {session.path}"


CLASSES = (HEADBRIDGE_OT_fit_scan, HEADBRIDGE_OT_render_scan_views)
