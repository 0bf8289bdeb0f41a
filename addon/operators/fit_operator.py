# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators have in common that fit a head model and leave a rigged head."""

import bpy

from .. import head_library
from ..rig import rigged_head
from .framing import select_only
from .job_operator import JobOperator


class FitOperator(JobOperator):
    """Runs a `FitSession`, which a derived class makes in `_session`."""

    bl_options = {"REGISTER", "UNDO"}

    def _complete(self, context, session) -> str:
        select_only(context, [bpy.data.objects[session.head_name]])
        return f"'{session.head_name}' is a head of {session.label}"


class FitToSceneOperator(FitOperator):
    """A fit to something that stands in the scene, in whose place its head would be."""

    # A script finds the head where its data are.
    beside: bpy.props.BoolProperty(
        name="Beside",
        description="Let the new head stand beside what it was fitted to; in a script it is in its place when not given",
    )

    def _complete(self, context, session) -> str:
        head = bpy.data.objects[session.head_name]
        if self.given("beside", not bpy.app.background and context.scene.headbridge.fits.beside):
            found = rigged_head.find(head)
            context.view_layer.update()
            head_library.free_place(context.scene, head, found.rig if found is not None else None)
        return super()._complete(context, session)
