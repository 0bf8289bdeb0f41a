# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators have in common that fit a head model and leave a rigged head."""

import bpy

from .. import settings
from .job_operator import JobOperator
from .rig_add import with_absolute_file


class FitOperator(JobOperator):
    """Runs a `RiggedFit`; a derived class makes it in `_session`."""

    bl_options = {"REGISTER", "UNDO"}

    def _complete(self, context, session) -> str:
        select_only(context, [bpy.data.objects[session.head_name]])
        return f"'{session.head_name}' is a head of {session.label}"


def select_only(context, objects: list[bpy.types.Object]) -> None:
    """Select new objects, the first being active."""
    for other in context.selected_objects:
        other.select_set(False)
    for obj in objects:
        obj.select_set(True)
    context.view_layer.objects.active = objects[0]


def chosen_settings(operator: JobOperator, context) -> dict:
    """The settings of the operator's task: its own where they were given, else the panel's."""
    holder = getattr(context.scene.headbridge.fits, operator.task)
    values = {name: operator.given(name, getattr(holder, name)) for name in settings.names(operator.task)}
    return with_absolute_file(values)
