# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of performances."""

import bpy

from ..panel_parts import SidebarPanel, draw_job, draw_rows
from ..preferences import draw_error
from . import performance, timing

MOTION_TASKS = {"animated_head", "fit_sequence", "export_sequence"}
MOTION_OPERATORS = {
    "HEADBRIDGE_OT_import_sequence",
    "HEADBRIDGE_OT_fit_sequence",
    "HEADBRIDGE_OT_export_arkit_table",
    "HEADBRIDGE_OT_sequence_rate",
}


class HEADBRIDGE_PT_motion(SidebarPanel, bpy.types.Panel):
    bl_label = "Performance"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, session = self.layout, context.window_manager.headbridge
        draw_job(layout, context, "headbridge.import_sequence", "IMPORT", MOTION_TASKS)
        row = layout.row()
        row.enabled = session.task == ""
        row.operator("headbridge.fit_sequence", icon="MESH_MONKEY")
        if session.error_of in MOTION_OPERATORS:
            draw_error(layout, context)
        facts = performance.facts_of(context.view_layer.objects.active)
        if facts is None:
            return
        first, last = facts["frames"]
        rate = f"{facts['fps']:g} a second" if facts["fps"] else "not known"
        rows = [("Source", facts["source"]), ("Model", facts["label"]), ("Frames", f"{first} to {last}")]
        draw_rows(layout, [*rows, ("Frame rate", rate)])
        column = layout.column(align=True)
        column.operator("headbridge.add_corrections", icon="NLA")
        column.operator("headbridge.compare_performances", icon="MOD_LENGTH")
        column = layout.column(align=True)
        column.operator("headbridge.export_head", icon="EXPORT")
        column.operator("headbridge.export_arkit_table", icon="EXPORT")
        if not facts["fps"] or not timing.same_rate(context.scene, facts["fps"]):
            layout.operator("headbridge.sequence_rate", icon="ERROR")


CLASSES = (HEADBRIDGE_PT_motion,)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
