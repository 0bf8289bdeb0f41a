# SPDX-License-Identifier: GPL-3.0-or-later
"""Add one of the built-in heads."""

import bpy

from .. import head_library, session_report
from ..mesh_arrays import MeshError

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
        description="Where the head goes; beside the built-in heads of the scene when not given",
    )

    @classmethod
    def description(cls, _context, properties):
        return f"Add {head_library.HEADS[properties.kind].description}"

    def execute(self, context):
        if context.mode != "OBJECT":
            return session_report.fail(self, "Leave Edit Mode first: a head is added as a new object.")
        try:
            obj = head_library.add(self.kind, context.collection)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        if self.properties.is_property_set("location"):
            obj.location = self.location
        else:
            context.view_layer.update()
            head_library.free_place(context.scene, obj)
        for other in context.selected_objects:
            other.select_set(False)
        obj.select_set(True)
        context.view_layer.objects.active = obj
        scene = context.scene.headbridge
        for source, target in (("source", "target"), ("uv_source", "uv_target")):
            if getattr(scene, source) is None:
                setattr(scene, source, obj)
            elif getattr(scene, target) is None and getattr(scene, source) != obj:
                setattr(scene, target, obj)
        return {"FINISHED"}


CLASSES = (HEADBRIDGE_OT_add_head,)
