# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to performances in the scene: corrections by hand, and how far two are apart."""

import bpy
import numpy as np

from .. import session_report
from ..mesh_arrays import MeshError, check_local
from ..motion import corrections, distances, performance
from ..rig import export
from .missing import refuse


class PerformanceOperator:
    """Works on the performance of the active object at once; a derived class does so in `_apply`."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if performance.mesh_of(context.view_layer.objects.active) is None:
            return refuse(cls, "Select a head that Import has made")
        return True

    def _apply(self, context, obj: bpy.types.Object) -> str:
        """Change the scene; returns the text to report. May raise `MeshError`."""
        raise NotImplementedError

    def execute(self, context):
        try:
            obj = performance.mesh_of(context.view_layer.objects.active)
            check_local(obj)
            text = self._apply(context, obj)
        except MeshError as problem:
            return session_report.fail(self, str(problem))
        self.report({"INFO"}, text)
        return {"FINISHED"}


class HEADBRIDGE_OT_add_corrections(PerformanceOperator, bpy.types.Operator):
    """Put the performance into an NLA track under a new action: keys and bones keyed from now on are added to it"""

    bl_idname = "headbridge.add_corrections"
    bl_label = "Correct by Hand"

    def _apply(self, _context, obj) -> str:
        corrections.add_layer(obj)
        return f"What is keyed from now on is added to the performance of '{obj.name}'"


class HEADBRIDGE_OT_compare_performances(PerformanceOperator, bpy.types.Operator):
    """Measure how far the other selected head is from the active one in every frame, as a curve of millimetres, and put
    it beside that"""

    bl_idname = "headbridge.compare_performances"
    bl_label = "Compare Performances"

    as_shapes: bpy.props.BoolProperty(
        name="Faces Alone", default=True, description="Turn and move the heads onto each other before they are measured"
    )
    apart: bpy.props.FloatProperty(
        name="Apart", default=0.3, subtype="DISTANCE", description="How far beside the active head the other one goes"
    )

    def _apply(self, context, obj) -> str:
        meshes = {performance.mesh_of(each) for each in context.selected_objects} - {None, obj}
        if len(meshes) != 1:
            raise MeshError("Select the two heads to compare, the one to measure against last.")
        (other,) = meshes
        ranges = [export.action_range(each) for each in (obj, other)]
        first = max((each[0] for each in ranges if each is not None), default=context.scene.frame_start)
        last = min((each[1] for each in ranges if each is not None), default=context.scene.frame_end)
        if last < first:
            raise MeshError(f"'{obj.name}' and '{other.name}' have no frame in common.")
        frames = np.arange(first, last + 1)
        found = distances.measure(other, obj, frames, context.scene, self.as_shapes)
        distances.keep(other, frames, found)
        moved, standing = other.parent or other, obj.parent or obj
        moved.location = standing.location
        moved.location.x += self.apart
        worst = frames[int(found.argmax())]
        return f"'{other.name}' is {found.mean():.3f} mm off on average, {found.max():.3f} mm in frame {worst}"


CLASSES = (HEADBRIDGE_OT_add_corrections, HEADBRIDGE_OT_compare_performances)
