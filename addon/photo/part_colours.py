# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth and eyes of a photo's head in the colours that the photo shows."""

from __future__ import annotations

import bpy

from .. import materials
from ..image_encoding import srgb_decoded
from ..rig import inner_parts
from ..rig.rigged_head import RiggedHead
from .light import SunAndAmbient, glow_plain

# Which of a fit's colours the material of a part takes, by a word of its name.
_WORDS = {"teeth": "teeth", "gums": "gums", "tongue": "gums", "iris": "iris", "sclera": "white"}


def wear(made: RiggedHead, colours: dict[str, list[float]], found: SunAndAmbient | None) -> None:
    """Give the head's inner parts the sRGB colours of a fit, by name, in materials of their own. found : the photo's
    light, whose ambient part they give off as the skin does."""
    for parts in inner_parts.find(made):
        for slot in parts.material_slots:
            name = next((name for word, name in _WORDS.items() if word in slot.material.name.lower()), None)
            if name is None:
                continue
            colour = (*(float(value) for value in srgb_decoded(colours[name])), 1.0)
            plain = slot.material
            slot.material = materials.new_plain_material(f"{made.head.name} {plain.name.split()[-1]}", colour)
            if found is not None:
                glow_plain(slot.material, colour, found)
            if plain.users == 0:
                bpy.data.materials.remove(plain)
