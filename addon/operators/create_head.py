# SPDX-License-Identifier: GPL-3.0-or-later
"""The one button of the panel Input: whatever a head is made from, it starts the job for that."""

import bpy

from .. import paths
from . import job_operator

_JOBS = {"PHOTOS": "fit_photo", "SCAN": "fit_scan", "PAIR": "register"}


class HEADBRIDGE_OT_create_head(bpy.types.Operator):
    """Make a rigged, textured head from the photos or the active scan, or give the first head of a pair the shape of the
    second. Esc cancels"""

    bl_idname = "headbridge.create_head"
    bl_label = "Create Head"

    @classmethod
    def poll(cls, context):
        missing = _missing(context)
        if missing:
            cls.poll_message_set(missing)
        return not missing

    def execute(self, context):
        return self._start(context, "EXEC_DEFAULT")

    def invoke(self, context, _event):
        return self._start(context, "INVOKE_DEFAULT")

    def _start(self, context, way: str) -> set[str]:
        status = getattr(bpy.ops.headbridge, _JOBS[context.scene.headbridge.input])(way)
        # The job runs on by itself.
        return {"FINISHED"} if "RUNNING_MODAL" in status else status


def _missing(context) -> str:
    """What is not there yet for the job; empty when it can begin."""
    scene, active = context.scene.headbridge, context.view_layer.objects.active
    if job_operator.running() is not None:
        return "Another job is running"
    if not paths.has_backend():
        return "Set up the backend first, in the add-on's preferences"
    if scene.input == "PHOTOS" and not any(photo.image is not None for photo in scene.fits.photos):
        return "Add a photo first"
    if scene.input == "SCAN" and (active is None or active.type != "MESH"):
        return "Select the scan, a mesh, first"
    if scene.input == "PAIR":
        if scene.source is None or scene.target is None:
            return f"Pick the {'source' if scene.source is None else 'target'} first"
        if scene.source == scene.target:
            return "Source and target are the same object; pick two"
    return ""


CLASSES = (HEADBRIDGE_OT_create_head,)
