# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert a head between models."""

import bpy

from ..fits.fit_session import FitSession
from ..fits.mesh_session import chosen_object, head_of, read_head
from ..job_files import JobFolder
from . import missing
from .fit_operator import FitToSceneOperator
from .job_operator import Place


class ConvertSession(FitSession):
    """A running conversion of a head, by name, else of the active one; the scene gets the other head when it has
    succeeded. A rigged head is taken as its sliders and bones stand."""

    task = "convert"

    def __init__(self, name: str, settings: dict):
        obj = head_of(chosen_object(name, "the head to convert"))
        super().__init__(f"{obj.name} Converted")
        self._arrays = read_head(obj)
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("mesh.npz", self._arrays)


class HEADBRIDGE_OT_convert_head(FitToSceneOperator, bpy.types.Operator):
    """Add the same face as a rigged head of another model: a FLAME head becomes a HACK head, other heads become FLAME
    heads, or what To says; ICT is the full head with teeth, tongue, eyes and lashes. What the model cannot express is in
    the key Detail. Esc cancels"""

    bl_idname = "headbridge.convert_head"
    bl_label = "Convert Head"
    task = ConvertSession.task
    doing = "Converting a head"
    needs = (missing.backend, missing.mesh("Select the head to convert first"))
    choices = "fits.convert"
    place = Place("HEADBRIDGE_PT_fit", "ARROW_LEFTRIGHT", "Convert", 3, front=("to",))

    object: bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty")

    def _session(self, context) -> ConvertSession:
        return ConvertSession(self.object, self.chosen(context))


CLASSES = (HEADBRIDGE_OT_convert_head,)
