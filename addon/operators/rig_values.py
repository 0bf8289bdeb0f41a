# SPDX-License-Identifier: GPL-3.0-or-later
"""Random heads, and back to the mean one."""

import bpy

from .. import session_report
from ..mesh_arrays import MeshError, check_local
from ..rig import coefficients, handles, joint_followers, rigged_head
from .missing import refuse


class RigOperator:
    """Works on the rigged head of the active object at once; a derived class does so in `_apply`."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if rigged_head.find(context.view_layer.objects.active) is None:
            return refuse(cls, "Select a head made by Add Rigged Head, or its armature")
        return True

    def _apply(self, context, rigged) -> str:
        """Change the head; returns the text to report. May raise `MeshError`."""
        raise NotImplementedError

    def execute(self, context):
        try:
            rigged = rigged_head.active(context)
            check_local(rigged.head)
            text = self._apply(context, rigged)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        self.report({"INFO"}, text)
        return {"FINISHED"}


class HEADBRIDGE_OT_randomise_rig(RigOperator, bpy.types.Operator):
    """Move the sliders and bones to a random face; the same seed gives the same face"""

    bl_idname = "headbridge.randomise_rig"
    bl_label = "Randomise"

    seed: bpy.props.IntProperty(name="Seed", default=0, min=0, description="Another number gives another head")
    identity: bpy.props.FloatProperty(
        name="Identity",
        default=1.0,
        min=0.0,
        soft_max=2.0,
        description="How far the face departs from the mean one, in standard deviations; 0 keeps the face",
    )
    expression: bpy.props.FloatProperty(
        name="Expression",
        default=0.0,
        min=0.0,
        soft_max=2.0,
        description="Strength of the expression, 1 being usual; 0 keeps it",
    )
    pose: bpy.props.FloatProperty(
        name="Pose",
        default=0.0,
        min=0.0,
        soft_max=2.0,
        description="How far neck, jaw and eyes turn, 1 being usual; 0 keeps them",
    )

    group: bpy.props.EnumProperty(
        items=handles.GROUP_ITEMS,
        name="People",
        description="Which ages the face may have, on a head with the identities People",
    )

    def _apply(self, _context, rigged) -> str:
        people = handles.are_on(rigged.head)
        coefficients.randomise(rigged, self.seed, 0.0 if people else self.identity, self.expression, self.pose)
        if people and self.identity > 0.0:
            handles.randomise(rigged, self.seed, self.identity, self.group)
        return f"Random head {self.seed}"


class HEADBRIDGE_OT_reset_rig(RigOperator, bpy.types.Operator):
    """Put all sliders to zero and all bones to rest"""

    bl_idname = "headbridge.reset_rig"
    bl_label = "Reset"

    def _apply(self, _context, rigged) -> str:
        coefficients.reset(rigged)
        if handles.are_on(rigged.head):
            handles.read_from_face(rigged)
        return f"'{rigged.head.name}' is the mean head again"


class HEADBRIDGE_OT_read_handles(RigOperator, bpy.types.Operator):
    """Put the handles for age, sex and features where the face is now, after sliders or a fit have changed it"""

    bl_idname = "headbridge.read_handles"
    bl_label = "Read from Face"

    def _apply(self, _context, rigged) -> str:
        handles.read_from_face(rigged)
        return f"The handles say what '{rigged.head.name}' looks like"


class HEADBRIDGE_OT_own_rig_joints(RigOperator, bpy.types.Operator):
    """Let the joints of a duplicated rig follow its own face in place of the original's"""

    bl_idname = "headbridge.own_rig_joints"
    bl_label = "Separate from Original"

    def _apply(self, _context, rigged) -> str:
        if joint_followers.are_shared(rigged):
            joint_followers.make_own(rigged)
        return f"The joints of '{rigged.head.name}' follow its own face"


CLASSES = (
    HEADBRIDGE_OT_randomise_rig,
    HEADBRIDGE_OT_reset_rig,
    HEADBRIDGE_OT_read_handles,
    HEADBRIDGE_OT_own_rig_joints,
)
