# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators have in common that fit a head model and leave a rigged head."""

import bpy

from .. import settings
from ..rig import rigged_head
from .job_operator import JobOperator
from .rig_add import show_head


class FitOperator(JobOperator):
    """Runs a `RiggedFit`; a derived class makes it in `_session`."""

    bl_options = {"REGISTER", "UNDO"}

    def _complete(self, context, session) -> str:
        made = rigged_head.find(bpy.data.objects[session.head_name])
        show_head(context, made)
        return f"'{made.head.name}' is a head of {session.label}"


def chosen_settings(operator: JobOperator, context) -> dict:
    """The settings of the operator's task: its own where they were given, else the panel's."""
    holder = getattr(context.scene.headbridge.fits, operator.task)
    values = {name: operator.given(name, getattr(holder, name)) for name in settings.names(operator.task)}
    if values["model_file"]:
        # Blender writes paths beside the .blend file as //name.
        values["model_file"] = bpy.path.abspath(values["model_file"])
    return values
