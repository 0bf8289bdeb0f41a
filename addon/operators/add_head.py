# SPDX-License-Identifier: GPL-3.0-or-later
"""Add one of the built-in heads."""

import bpy
from bpy.app.translations import pgettext_tip as tip_

from .. import head_collection, head_library, session_report
from ..mesh_arrays import MeshError
from .framing import frame_if_unseen, select_only
from .missing import refuse

KINDS = [
    (kind, head.label, head.description, head.icon, index)
    for index, (kind, head) in enumerate(head_library.HEADS.items())
]


class HEADBRIDGE_OT_add_head(bpy.types.Operator):
    """Add a built-in head"""

    bl_idname = "headbridge.add_head"
    bl_label = "Add Head"
    bl_options = {"REGISTER", "UNDO"}

    kind: bpy.props.EnumProperty(items=KINDS, name="Head")
    location: bpy.props.FloatVectorProperty(
        name="Location",
        subtype="TRANSLATION",
        description="Where the head goes; at the 3D cursor, beside what stands there, when not given",
    )

    @classmethod
    def poll(cls, context):
        if context.mode != "OBJECT":
            return refuse(cls, "Leave Edit Mode first: a head is added as a new object")
        return True

    @classmethod
    def description(cls, _context, properties):
        return tip_(head_library.HEADS[properties.kind].description)

    def invoke(self, context, _event):
        status = self.execute(context)
        if status == {"FINISHED"}:
            frame_if_unseen(context, context.view_layer.objects.active)
        return status

    def execute(self, context):
        try:
            obj = head_library.add(self.kind, head_collection.for_new())
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        if self.properties.is_property_set("location"):
            obj.location = self.location
        else:
            obj.location = context.scene.cursor.location
            context.view_layer.update()
            head_library.free_place(context.scene, obj)
        select_only(context, [obj])
        scene = context.scene.headbridge
        scene.input = "SCAN" if self.kind == "LEE_PERRY_SMITH" and scene.source is None else "PAIR"
        for source, target in (("source", "target"), ("uv_source", "uv_target")):
            if getattr(scene, source) is None:
                setattr(scene, source, obj)
            elif getattr(scene, target) is None and getattr(scene, source) != obj:
                setattr(scene, target, obj)
        return {"FINISHED"}


CLASSES = (HEADBRIDGE_OT_add_head,)
