# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel "Batch"."""

import bpy

from ..panel_parts import AdvancedPanel, draw_job, split_column
from ..preferences import line_characters, wrapped

_ICONS = {"failed": "CANCEL", "missing": "TIME", "check": "ERROR", "done": "CHECKMARK"}


class HEADBRIDGE_UL_batch(bpy.types.UIList):
    def draw_item(self, _context, layout, _data, item, _icon, _active_data, _active_property):
        layout.label(text=item.name, icon=_ICONS.get(item.state, "NONE"))


class HEADBRIDGE_PT_batch(AdvancedPanel, bpy.types.Panel):
    bl_label = "Batch"
    bl_order = 3

    def draw(self, context):
        layout = self.layout
        batch, session = context.scene.headbridge.batch, context.window_manager.headbridge
        column = split_column(layout, context)
        column.prop(batch, "job")
        column.row().prop(batch, "heads", expand=True)
        if batch.heads == "FOLDER":
            column.prop(batch, "folder")
        column.prop(batch, "output")
        draw_job(layout, "headbridge.batch", "FILE_FOLDER")
        table = session.batch
        if not len(table.rows):
            layout.operator("headbridge.load_batch", icon="FILEBROWSER")
            return
        layout.template_list("HEADBRIDGE_UL_batch", "", table, "rows", table, "index", rows=6)
        if 0 <= table.index < len(table.rows) and table.rows[table.index].text:
            told = layout.column(align=True)
            for line in wrapped(table.rows[table.index].text, line_characters(context)):
                told.label(text=line)
        row = layout.row(align=True)
        row.operator("headbridge.open_batch_result", icon="IMPORT")
        row.operator("headbridge.show_batch_report", icon="URL")
        row.operator("headbridge.load_batch", text="", icon="FILEBROWSER")


CLASSES = (HEADBRIDGE_UL_batch, HEADBRIDGE_PT_batch)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
