# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of performances."""

import bpy

from ..panel_parts import SidebarPanel, draw_job, draw_rows
from . import performance, timing


class HEADBRIDGE_PT_motion(SidebarPanel, bpy.types.Panel):
    bl_label = "Performance"
    bl_parent_id = "HEADBRIDGE_PT_rig"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout = self.layout
        draw_job(layout, "headbridge.import_sequence", "IMPORT")
        column = layout.column(align=True)
        column.operator("headbridge.track_video", icon="FILE_MOVIE")
        column.operator("headbridge.fit_sequence", icon="MESH_DATA")
        facts = performance.facts_of(context.view_layer.objects.active)
        if facts is None:
            return
        first, last = facts["frames"]
        rate = f"{facts['fps']:g} a second" if facts["fps"] else "not known"
        rows = [("Source", facts["source"]), ("Model", facts["label"]), ("Frames", f"{first} to {last}")]
        draw_rows(layout, [*rows, ("Frame Rate", rate)])
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
