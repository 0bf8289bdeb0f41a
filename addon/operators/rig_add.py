# SPDX-License-Identifier: GPL-3.0-or-later
"""Add a head model as a rigged head."""

import bpy

from .. import head_library
from ..rig import rigged_head
from ..rig.add_session import AddRigSession
from ..rig.rigged_head import RiggedHead
from .framing import frame_if_unseen, select_only
from .job_operator import JobOperator, Place


class HEADBRIDGE_OT_add_rigged_head(JobOperator, bpy.types.Operator):
    """Add a head whose face is shaped by sliders and whose neck, jaw and eyes turn by bones"""

    bl_idname = "headbridge.add_rigged_head"
    bl_label = "Add Rigged Head"
    bl_options = {"REGISTER", "UNDO"}
    task = AddRigSession.task
    choices = "rig_settings"
    place = Place("HEADBRIDGE_PT_advanced", "OUTLINER_OB_ARMATURE", beside="load_fit")
    doing = "Adding a rigged head"

    location: bpy.props.FloatVectorProperty(
        name="Location",
        subtype="TRANSLATION",
        description="Where the head goes; at the 3D cursor, beside what stands there, when not given",
    )

    def _session(self, context) -> AddRigSession:
        return AddRigSession(self.chosen(context))

    def _complete(self, context, session) -> str:
        made = rigged_head.find(bpy.data.objects[session.head_name])
        if self.properties.is_property_set("location"):
            made.rig.location = self.location
        else:
            made.rig.location = context.scene.cursor.location
            context.view_layer.update()
            head_library.free_place(context.scene, made.head, made.rig)
        show_head(context, made)
        return f"Added {session.label}"


def show_head(context, made: RiggedHead) -> None:
    """Select a new head, whose sliders are then in the sidebar, and look at it where nobody would see it."""
    select_only(context, [made.head])
    if not bpy.app.background:
        frame_if_unseen(context, made.head)


CLASSES = (HEADBRIDGE_OT_add_rigged_head,)
