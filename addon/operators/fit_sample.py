# SPDX-License-Identifier: GPL-3.0-or-later
"""Add random heads."""

import bpy

from .. import settings
from ..fits.sample_session import SampleSession
from .fit_operator import chosen_settings, select_only
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
        select_only(context, [bpy.data.objects[name] for name in session.object_names])
        return f"Added {len(session.object_names)} random heads"


CLASSES = (HEADBRIDGE_OT_sample_heads,)
