# SPDX-License-Identifier: GPL-3.0-or-later
"""A head's motion as a file."""

import os

import bpy

from ..motion.export_session import ExportTableSession
from . import missing
from .job_operator import JobOperator


class HEADBRIDGE_OT_export_arkit_table(JobOperator, bpy.types.Operator):
    """Write how the active head moves as a table of ARKit's 52 blendshapes, as Live Link Face records it (.csv); FLAME's
    expressions are turned into them, and how far off they are is said"""

    bl_idname = "headbridge.export_arkit_table"
    bl_label = "Export ARKit Table"
    task = ExportTableSession.task
    asked = ()
    doing = "Writing the table"
    needs = (missing.backend, missing.performance)

    filepath: bpy.props.StringProperty(name="File", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})

    def invoke(self, context, event):
        if self.filepath or bpy.app.background:
            return super().invoke(context, event)
        active = context.view_layer.objects.active
        self.filepath = f"{active.name}.csv" if active is not None else "head.csv"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def _session(self, context) -> ExportTableSession:
        path = bpy.path.ensure_ext(bpy.path.abspath(self.filepath), ".csv")
        return ExportTableSession(context.view_layer.objects.active, path, context.scene)

    def _complete(self, _context, session) -> str:
        return " ".join([f"Wrote {session.frame_count} frames to {os.path.basename(session.path)}.", *session.notes])


CLASSES = (HEADBRIDGE_OT_export_arkit_table,)
