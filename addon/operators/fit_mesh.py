# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit a head model to a registered mesh."""

import bpy

from ..fits.mesh_session import FitMeshRequest, FitMeshSession
from . import missing
from .fit_operator import FitToSceneOperator
from .job_operator import Place


class HEADBRIDGE_OT_fit_mesh(FitToSceneOperator, bpy.types.Operator):
    """Find the face, expression and pose of a head model that give the active mesh, and add that head with its rig.
    The mesh has to have the vertices of the FLAME, HACK or ICT head, as results of Register do. Esc cancels"""

    bl_idname = "headbridge.fit_mesh"
    bl_label = "Fit Mesh"
    task = FitMeshSession.task
    doing = "Fitting a head model"
    needs = (missing.backend, missing.mesh("Select the mesh to fit first"))
    choices = "fits.fit_mesh"
    place = Place("HEADBRIDGE_PT_fit", "MESH_DATA", "Mesh", 0, front=("model",))

    object: bpy.props.StringProperty(name="Object", description="Name of the mesh; the active one when empty")
    exclude_group: bpy.props.StringProperty(
        name="Do Not Match", description="Vertices in this vertex group (weight above 0.5) are not followed"
    )
    weight_group: bpy.props.StringProperty(
        name="Weight", description="Vertex group whose weights say how strongly vertices are followed"
    )

    def _session(self, context) -> FitMeshSession:
        return FitMeshSession(
            FitMeshRequest(
                object=self.object,
                settings=self.chosen(context),
                exclude_group=self.exclude_group,
                weight_group=self.weight_group,
            )
        )


CLASSES = (HEADBRIDGE_OT_fit_mesh,)
