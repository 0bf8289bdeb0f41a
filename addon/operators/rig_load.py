# SPDX-License-Identifier: GPL-3.0-or-later
"""A fitted head as a rigged head."""

import bpy

from .. import settings
from ..rig import rigged_head
from ..rig.load_session import PLACES, LoadFitSession
from .job_operator import FileJobOperator
from .rig_add import show_head


class HEADBRIDGE_OT_load_fit(FileJobOperator, bpy.types.Operator):
    """Load the head.npz of a fit as a rigged head, with its face, expression and pose on the sliders and bones"""

    bl_idname = "headbridge.load_fit"
    bl_label = "Load Fit"
    bl_options = {"REGISTER", "UNDO"}
    task = LoadFitSession.task
    doing = "Loading a fitted head"

    filepath: bpy.props.StringProperty(name="Fit", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.npz", options={"HIDDEN"})
    place: bpy.props.EnumProperty(name="Place", items=PLACES)

    def draw(self, _context):
        # Shown beside the file browser.
        self.layout.prop(self, "place")
        for name in settings.names(self.task):
            self.layout.prop(self, name)

    def _session(self, context) -> LoadFitSession:
        return LoadFitSession(bpy.path.abspath(self.filepath), self.place, self.chosen(context))

    def _complete(self, context, session) -> str:
        made = rigged_head.find(bpy.data.objects[session.head_name])
        show_head(context, made)
        return f"Loaded a fit of {session.label}"


CLASSES = (HEADBRIDGE_OT_load_fit,)
