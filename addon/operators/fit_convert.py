# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert a head between models."""

import bpy

from .. import settings
from ..fits.convert_session import ConvertSession
from ..fits.fit_session import RiggedFit
from .fit_operator import FitToSceneOperator, chosen_settings


class HEADBRIDGE_OT_convert_head(FitToSceneOperator, bpy.types.Operator):
    """Add the same face as a rigged head of another model: a FLAME head becomes a HACK head, other heads become FLAME
    heads, or what To says; ICT is the full head with teeth, tongue, eyes and lashes. What the model cannot express is in
    the key Detail. Esc cancels"""

    bl_idname = "headbridge.convert_head"
    bl_label = "Convert Head"
    task = ConvertSession.task
    doing = "Converting a head"

    __annotations__ = {
        "object": bpy.props.StringProperty(name="Object", description="Name of the head; the active one when empty"),
        **settings.properties(ConvertSession.task),
    }

    def _session(self, context) -> RiggedFit:
        return RiggedFit(ConvertSession(self.object, chosen_settings(self, context)))


CLASSES = (HEADBRIDGE_OT_convert_head,)
