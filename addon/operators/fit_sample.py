# SPDX-License-Identifier: GPL-3.0-or-later
"""Add random heads."""

import bpy

from ..fits.sample_session import SampleSession
from .fit_operator import select_only
from .job_operator import JobOperator, Place


class HEADBRIDGE_OT_sample_heads(JobOperator, bpy.types.Operator):
    """Add random heads of a model as meshes side by side, each with its own face, expression and pose; the same seed
    gives the same heads. Esc cancels"""

    bl_idname = "headbridge.sample_heads"
    bl_label = "Sample Heads"
    bl_options = {"REGISTER", "UNDO"}
    task = SampleSession.task
    doing = "Making random heads"
    choices = "fits.sample"
    place = Place(
        "HEADBRIDGE_PT_fit",
        "COMMUNITY",
        "Random Heads",
        4,
        front=("model", "count", "seed"),
        hidden=("format", "unit"),
    )

    def _session(self, context) -> SampleSession:
        return SampleSession(self.chosen(context))

    def _complete(self, context, session) -> str:
        select_only(context, [bpy.data.objects[name] for name in session.object_names])
        return f"Added {len(session.object_names)} random heads"


CLASSES = (HEADBRIDGE_OT_sample_heads,)
