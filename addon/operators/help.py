# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual in the web browser."""

import bpy

from .. import session_report
from ..manual import pages


class HEADBRIDGE_OT_show_help(bpy.types.Operator):
    """Open the manual in the web browser. F1 over a button or a setting opens the page about that"""

    bl_idname = "headbridge.show_help"
    bl_label = "Manual"

    page: bpy.props.StringProperty(name="Page", default=pages.START, description="File of the page, in the folder docs")

    def execute(self, _context):
        try:
            address = pages.url_of(self.page)
        except OSError as problem:
            return session_report.fail(self, f"The manual cannot be written: {problem}.")
        return bpy.ops.wm.url_open(url=address)


CLASSES = (HEADBRIDGE_OT_show_help,)
