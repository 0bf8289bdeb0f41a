# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert a head between models."""

import bpy

from ..fits.convert_session import ConvertSession
from . import missing
from .fit_operator import FitToSceneOperator
from .job_operator import Place


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

    __annotations__ = {
        "object": bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty"),
    }

    def _session(self, context) -> ConvertSession:
        return ConvertSession(self.object, self.chosen(context))


CLASSES = (HEADBRIDGE_OT_convert_head,)
