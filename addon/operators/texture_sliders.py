# SPDX-License-Identifier: GPL-3.0-or-later
"""Random and middle coefficients of a texture."""

import bpy
import numpy as np

from .. import session_report, settings
from ..image_files import ImageError
from ..job_client import BackendError
from ..texture import fitted, follow
from ..texture.basis_session import chosen_texture
from ..texture.render_session import random_coefficients
from . import missing

_RANDOM = ("seed", "spread", "limit")


class _Coefficients(missing.Asked):
    bl_options = {"REGISTER", "UNDO"}
    needs = (missing.sliders,)

    def _set(self, values_of, detail: float | None = None) -> set[str]:
        """Give the texture the coefficients that `values_of` makes for it and, where that is given, the share of the
        fit's detail."""
        try:
            image = chosen_texture(self.image)
            follow.set_coefficients(image, values_of(image), detail)
        except (ImageError, BackendError, OSError, RuntimeError) as problem:
            return session_report.fail(self, str(problem))
        session_report.redraw()
        return {"FINISHED"}


class HEADBRIDGE_OT_randomise_texture(_Coefficients, bpy.types.Operator):
    """Give all coefficients of the texture random values that look plausible; the same seed gives the same ones"""

    bl_idname = "headbridge.randomise_texture"
    bl_label = "Randomise"

    __annotations__ = {
        "image": bpy.props.StringProperty(
            name="Image", description="Name of the texture; the active head's when empty"
        ),
        **{name: each for name, each in settings.properties("sample_texture").items() if name in _RANDOM},
    }

    def invoke(self, context, _event):
        chosen = context.scene.headbridge.texture.sample_texture
        for name in _RANDOM:
            setattr(self, name, getattr(chosen, name))
        # The next one is another.
        chosen.seed += 1
        return self.execute(context)

    def execute(self, _context):
        return self._set(lambda image: random_coefficients(image, self.seed, self.spread, self.limit))


class HEADBRIDGE_OT_reset_texture(_Coefficients, bpy.types.Operator):
    """Set all coefficients of the texture to 0, the middle of its space, without the detail of a fit"""

    bl_idname = "headbridge.reset_texture"
    bl_label = "Reset"

    image: bpy.props.StringProperty(name="Image", description="Name of the texture; the active head's when empty")

    def execute(self, _context):
        return self._set(lambda image: np.zeros(len(image.headbridge.coefficients)), 0.0)


class HEADBRIDGE_OT_texture_as_fitted(_Coefficients, bpy.types.Operator):
    """Give the texture the coefficients that the fit found, and all of its detail: the fit's own picture"""

    bl_idname = "headbridge.texture_as_fitted"
    bl_label = "As Fitted"

    image: bpy.props.StringProperty(name="Image", description="Name of the texture; the active head's when empty")

    def execute(self, _context):
        return self._set(fitted.coefficients_of, 1.0)


CLASSES = (HEADBRIDGE_OT_randomise_texture, HEADBRIDGE_OT_reset_texture, HEADBRIDGE_OT_texture_as_fitted)
