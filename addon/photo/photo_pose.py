# SPDX-License-Identifier: GPL-3.0-or-later
"""The expression and pose a head has in each of its photos."""

from __future__ import annotations

import bpy
import numpy as np

from ..mesh_arrays import MeshError, check_local
from ..photo_facts import facts_of
from ..rig import coefficients
from . import photo_camera

_EXPRESSION = "expression"


def apply(camera: bpy.types.Object) -> None:
    """Put the sliders and bones of a fitted head as they are in a camera's photo; identity stays.

    Raises `MeshError` for a photo without a fitted head."""
    rigged = photo_camera.head_of(camera)
    if rigged is None:
        raise MeshError(f"No head was fitted to the photo of '{camera.name}' yet; fit one first.")
    check_local(rigged.head)
    found = facts_of(camera)["coefficients"]
    for key, value in zip(rigged.keys(_EXPRESSION), found[_EXPRESSION]):
        key.slider_min, key.slider_max = min(key.slider_min, value), max(key.slider_max, value)
        key.value = value
    for bone in rigged.bones():
        if bone.name in found:
            coefficients.set_axis_angle(bone, np.array(found[bone.name], np.float64))
