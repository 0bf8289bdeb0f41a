# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's shape keys, and the expressions of other heads."""

import bpy

from ..mesh_arrays import MeshError
from ..rig import rigged_head
from ..rig.arkit_session import ArkitSession
from ..rig.own_expressions_session import OwnExpressionsSession
from ..rig.transfer_session import TransferKeysSession
from . import missing
from .job_operator import JobOperator, selected_pair


class HEADBRIDGE_OT_add_arkit_keys(JobOperator, bpy.types.Operator):
    """Give the active head the 52 shape keys of face-capture apps, under their ARKit names.
    FLAME, HACK and ICT heads get them as they are; onto others, register one of these first"""

    bl_idname = "headbridge.add_arkit_keys"
    bl_label = "Add ARKit Keys"
    bl_options = {"REGISTER", "UNDO"}
    task = ArkitSession.task
    doing = "Adding ARKit keys"
    needs = (missing.backend, missing.mesh("Select a head first"))

    object: bpy.props.StringProperty(name="Object", description="Name of the object; the active one when empty")

    def _session(self, context) -> ArkitSession:
        return ArkitSession(_mesh_object(self.object, context))

    def _complete(self, _context, session) -> str:
        return f"'{session.object_name}' has ARKit's keys ({session.added} are new)"


class HEADBRIDGE_OT_transfer_expressions(JobOperator, bpy.types.Operator):
    """Give the active head the expressions of the other selected one, transferred to its own face"""

    bl_idname = "headbridge.transfer_expressions"
    bl_label = "Transfer Expressions"
    bl_options = {"REGISTER", "UNDO"}
    task = TransferKeysSession.task
    doing = "Transferring expressions"
    needs = (missing.backend, missing.two_heads)

    source: bpy.props.StringProperty(name="Source", description="Name of the object whose shape keys are wanted")
    target: bpy.props.StringProperty(name="Target", description="Name of the object that gets them")

    def _session(self, context) -> TransferKeysSession:
        source, target = (self.source, self.target) if self.source or self.target else selected_pair(context)
        return TransferKeysSession(source, target)

    def _complete(self, _context, session) -> str:
        return f"'{session.target_name}' got {session.added} expressions"


class HEADBRIDGE_OT_own_expressions(JobOperator, bpy.types.Operator):
    """Transfer the expressions of the active rigged head to the face its sliders make: a child's smile is smaller than
    an adult's. Do it again when the face has changed"""

    bl_idname = "headbridge.own_expressions"
    bl_label = "Fit Expressions to Face"
    bl_options = {"REGISTER", "UNDO"}
    task = OwnExpressionsSession.task
    doing = "Fitting expressions"
    needs = (missing.backend, missing.rig)

    object: bpy.props.StringProperty(name="Object", description="Name of the object; the active one when empty")

    def _session(self, context) -> OwnExpressionsSession:
        return OwnExpressionsSession(_mesh_object(self.object, context))

    def _complete(self, _context, session) -> str:
        return f"{session.count} expressions fit the face of '{session.head_name}'"


def _mesh_object(name: str, context) -> bpy.types.Object:
    """The object of the name, else the active one; for a rig's armature, its head. Raises `MeshError`."""
    obj = bpy.data.objects.get(name) if name else context.view_layer.objects.active
    if obj is None:
        raise MeshError(f"There is no object '{name}'." if name else "No object is active; select a head.")
    rigged = rigged_head.find(obj)
    return obj if rigged is None else rigged.head


CLASSES = (HEADBRIDGE_OT_add_arkit_keys, HEADBRIDGE_OT_transfer_expressions, HEADBRIDGE_OT_own_expressions)
