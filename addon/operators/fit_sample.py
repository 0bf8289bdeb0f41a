# SPDX-License-Identifier: GPL-3.0-or-later
"""Add random heads."""

import bpy

from .. import settings
from ..fits.sample_session import SampleSession
from .fit_operator import chosen_settings
from .job_operator import JobOperator


class HEADBRIDGE_OT_sample_heads(JobOperator, bpy.types.Operator):
    """Add random heads of a model as meshes side by side, each with its own face, expression and pose; the same seed
    gives the same heads. Esc cancels"""

    bl_idname = "headbridge.sample_heads"
    bl_label = "Sample Heads"
    bl_options = {"REGISTER", "UNDO"}
    task = SampleSession.task
    doing = "Making random heads"

    __annotations__ = settings.properties(SampleSession.task)

    def _session(self, context) -> SampleSession:
        return SampleSession(chosen_settings(self, context))

    def _complete(self, context, session) -> str:
        for other in context.selected_objects:
            other.select_set(False)
        for name in session.object_names:
            bpy.data.objects[name].select_set(True)
        context.view_layer.objects.active = bpy.data.objects[session.object_names[0]]
        return f"Added {len(session.object_names)} random heads"


CLASSES = (HEADBRIDGE_OT_sample_heads,)
