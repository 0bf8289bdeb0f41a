# SPDX-License-Identifier: GPL-3.0-or-later
"""The texture a head of the scene shows."""

from __future__ import annotations

import bpy

from .. import base_colour, mesh_arrays
from ..fits.mesh_session import chosen_object, head_of
from ..image_files import ImageError


def texture_shown(name: str) -> tuple[bpy.types.Object, bpy.types.Image, str]:
    """The head of this name, else the active one, its texture and the UV layer that lies on; raises `MeshError` or
    `ImageError`."""
    obj = head_of(chosen_object(name, "the head with the texture"))
    mesh_arrays.check_mesh(obj)
    image, layer = base_colour.texture_of(obj) or (None, "")
    if image is None:
        raise ImageError(f"'{obj.name}' shows no texture; make one with New Texture, or give it one.")
    return obj, image, layer
