# SPDX-License-Identifier: GPL-3.0-or-later
"""A job over many heads, its table, and results out of it."""

import os

import bpy

from .. import session_report, settings
from ..batch import results
from ..batch.batch_session import TASK, BatchSession
from ..batch.inputs import BatchRequest
from ..batch.properties import JOB_ITEMS
from ..mesh_arrays import MeshError
from . import missing
from .fit_mesh import HEADBRIDGE_OT_fit_mesh
from .fit_scan import HEADBRIDGE_OT_fit_scan
from .framing import select_only
from .job_operator import JobOperator, name_of
from .register_heads import HEADBRIDGE_OT_register
from .transfer_uvs import HEADBRIDGE_OT_transfer_uvs

# Of the jobs that a batch can do, by their tasks.
_OPERATORS = {
    operator.task: operator
    for operator in (
        HEADBRIDGE_OT_register,
        HEADBRIDGE_OT_transfer_uvs,
        HEADBRIDGE_OT_fit_scan,
        HEADBRIDGE_OT_fit_mesh,
    )
}


class HEADBRIDGE_OT_batch(JobOperator, bpy.types.Operator):
    """Do a job with every selected object, or every mesh file of a folder; what is done stays when Esc ends it"""

    bl_idname = "headbridge.batch"
    bl_label = "Run Batch"
    bl_options = {"REGISTER"}
    task = TASK
    doing = "Running a batch"
    needs = (missing.backend, missing.selection_or_folder)

    job: bpy.props.EnumProperty(items=JOB_ITEMS, name="Job")
    folder: bpy.props.StringProperty(name="From", subtype="DIR_PATH", description="The selected objects when empty")
    output: bpy.props.StringProperty(name="To", subtype="DIR_PATH")

    def _session(self, context) -> BatchSession:
        scene = context.scene.headbridge
        batch = scene.batch
        task = self.given("job", batch.job)
        source = {"register": scene.source, "uv": scene.uv_source}.get(task)
        holder = _OPERATORS[task].panel_values(context)
        return BatchSession(
            BatchRequest(
                task,
                settings.values(holder, task),
                name_of(source),
                self.given("folder", batch.folder if batch.heads == "FOLDER" else ""),
                self.given("output", batch.output),
            )
        )

    def _complete(self, context, session) -> str:
        rows = _show(context, session.output)
        failed, check = (sum(row["state"] == state for row in rows) for state in ("failed", "check"))
        return f"{len(rows)} heads, {failed} failed, {check} to check"


class HEADBRIDGE_OT_load_batch(bpy.types.Operator):
    """Show the table of a batch that was run before, also by others"""

    bl_idname = "headbridge.load_batch"
    bl_label = "Show Batch"

    directory: bpy.props.StringProperty(subtype="DIR_PATH")

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        try:
            _show(context, os.path.abspath(bpy.path.abspath(self.directory)))
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        return {"FINISHED"}


class HEADBRIDGE_OT_open_batch_result(missing.Asked, bpy.types.Operator):
    """Add the result of the head that is marked in the table to the scene"""

    bl_idname = "headbridge.open_batch_result"
    bl_label = "Open"
    bl_options = {"REGISTER", "UNDO"}
    needs = (missing.table,)

    head: bpy.props.StringProperty(name="Head", description="The one that is marked in the table when empty")

    def execute(self, context):
        table = context.window_manager.headbridge.batch
        marked = table.rows[table.index] if 0 <= table.index < len(table.rows) else None
        row = table.rows.get(self.head) if self.head else marked
        if row is None:
            return session_report.fail(self, "No head of the table is marked; run a batch, or show one.")
        if row.state not in ("done", "check"):
            return session_report.fail(self, f"'{row.name}' has no result: {row.text}")
        try:
            obj = results.open_result(table.folder, row.name, row.job)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        select_only(context, [obj])
        self.report({"INFO"}, f"'{obj.name}' added")
        return {"FINISHED"}


class HEADBRIDGE_OT_show_batch_report(missing.Asked, bpy.types.Operator):
    """Open the report of the batch, with pictures and measures, in the web browser"""

    bl_idname = "headbridge.show_batch_report"
    bl_label = "Report"
    needs = (missing.table,)

    def execute(self, context):
        return bpy.ops.wm.path_open(filepath=os.path.join(context.window_manager.headbridge.batch.folder, results.PAGE))


def _show(context, folder: str) -> list[dict[str, str]]:
    rows = results.read_table(folder)
    table = context.window_manager.headbridge.batch
    table.folder, table.index = folder, 0
    table.rows.clear()
    for row in rows:
        shown = table.rows.add()
        shown.name, shown.job, shown.state, shown.text = row["name"], row["job"], row["state"], row["message"]
    return rows


CLASSES = (
    HEADBRIDGE_OT_batch,
    HEADBRIDGE_OT_load_batch,
    HEADBRIDGE_OT_open_batch_result,
    HEADBRIDGE_OT_show_batch_report,
)
