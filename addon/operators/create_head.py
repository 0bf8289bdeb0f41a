# SPDX-License-Identifier: GPL-3.0-or-later
"""The one button of the panel Input: whatever a head is made from, it starts the job for that."""

import bpy

from . import missing
from .fit_photo import HEADBRIDGE_OT_fit_photo
from .fit_scan import HEADBRIDGE_OT_fit_scan
from .register_heads import HEADBRIDGE_OT_register

_JOBS = {"PHOTOS": HEADBRIDGE_OT_fit_photo, "SCAN": HEADBRIDGE_OT_fit_scan, "PAIR": HEADBRIDGE_OT_register}


class HEADBRIDGE_OT_create_head(bpy.types.Operator):
    """Make a rigged, textured head from the photos or the active scan, or give the first head of a pair the shape of the
    second. Esc cancels"""

    bl_idname = "headbridge.create_head"
    bl_label = "Create Head"

    @classmethod
    def poll(cls, context):
        text = _missing(context)
        return missing.refuse(cls, text) if text else True

    def execute(self, context):
        return self._start(context, "EXEC_DEFAULT")

    def invoke(self, context, _event):
        return self._start(context, "INVOKE_DEFAULT")

    def _start(self, context, way: str) -> set[str]:
        category, name = _JOBS[context.scene.headbridge.input].bl_idname.split(".")
        status = getattr(getattr(bpy.ops, category), name)(way)
        # The job runs on by itself.
        return {"FINISHED"} if "RUNNING_MODAL" in status else status


def _missing(context) -> str:
    """What is not there yet for the job; empty when it can begin."""
    return missing.end_of_another(context) or missing.of(_JOBS[context.scene.headbridge.input], context)


CLASSES = (HEADBRIDGE_OT_create_head,)
