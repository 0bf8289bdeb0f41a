# SPDX-License-Identifier: GPL-3.0-or-later
"""What is selected in Edit Mode is not matched by Register any more, or again."""

import bmesh
import bpy
from bpy.app.translations import pgettext_tip as tip_

from .. import result_object, session_report
from ..mesh_arrays import MeshError, check_local
from .missing import refuse

_GROUP = "Do Not Match"
_ITEMS = [
    ("EXCLUDE", "Do Not Match", "Register Again does not match what is selected; it follows what is around it"),
    ("INCLUDE", "Match", "Register Again matches what is selected, as before it was excluded"),
]


class HEADBRIDGE_OT_match_selected(bpy.types.Operator):
    """Say whether Register Again matches the vertices that are selected in Edit Mode"""

    bl_idname = "headbridge.match_selected"
    bl_label = "Match Selected"
    bl_options = {"REGISTER", "UNDO"}

    what: bpy.props.EnumProperty(items=_ITEMS, name="Selected")

    @classmethod
    def description(cls, _context, properties):
        return tip_(next(text for key, _label, text in _ITEMS if key == properties.what))

    @classmethod
    def poll(cls, context):
        if context.mode != "EDIT_MESH":
            return refuse(cls, "Select vertices in Edit Mode first")
        if not _side(context):
            return refuse(cls, "Edit the source, the target or the result of Register")
        return True

    def execute(self, context):
        scene, edited, side = context.scene.headbridge, context.edit_object, _side(context)
        mesh = bmesh.from_edit_mesh(edited.data)
        # Indices that vertices have themselves may be those of before the last edit.
        chosen = [number for number, vertex in enumerate(mesh.verts) if vertex.select]
        try:
            owner = _owner(edited, side)
            check_local(owner)
            if not chosen:
                raise MeshError("No vertex is selected; select what is meant first.")
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        name = f"{side}_exclude_group"
        group = owner.vertex_groups.get(getattr(scene, name)) or owner.vertex_groups.new(name=_GROUP)
        setattr(scene, name, group.name)
        weight = 1.0 if self.what == "EXCLUDE" else 0.0
        if owner.data.is_editmode:
            own = bmesh.from_edit_mesh(owner.data)
            layer = own.verts.layers.deform.verify()
            own.verts.ensure_lookup_table()
            for index in chosen:
                own.verts[index][layer][group.index] = weight
            bmesh.update_edit_mesh(owner.data)
            # Register reads the mesh, which is the user's before Edit Mode until then.
            owner.update_from_editmode()
        else:
            group.add(chosen, weight, "REPLACE")
        self.report({"INFO"}, f"{len(chosen)} vertices of '{owner.name}': group '{group.name}', weight {weight:g}")
        return {"FINISHED"}


def _side(context) -> str:
    """ "source" or "target", whose vertices the edited mesh has; a result has the source's. Empty for others."""
    edited, scene = context.edit_object, context.scene.headbridge
    if edited == scene.target:
        return "target"
    return "source" if edited == scene.source or _is_result_of(edited, scene.source) else ""


def _is_result_of(edited: bpy.types.Object, source: bpy.types.Object | None) -> bool:
    return (
        source is not None and result_object.answer_of(edited) is not None and result_object.source_of(edited) == source
    )


def _owner(edited: bpy.types.Object, side: str) -> bpy.types.Object:
    """The object whose groups Register reads; raises `MeshError` where the edited one has other vertices by now."""
    scene = bpy.context.scene.headbridge
    owner = scene.target if side == "target" else scene.source
    if _vertex_count(owner) != _vertex_count(edited):
        raise MeshError(f"'{edited.name}' has other vertices than '{owner.name}'; select them on '{owner.name}'.")
    return owner


def _vertex_count(obj: bpy.types.Object) -> int:
    return len(bmesh.from_edit_mesh(obj.data).verts if obj.data.is_editmode else obj.data.vertices)


CLASSES = (HEADBRIDGE_OT_match_selected,)
