# SPDX-License-Identifier: GPL-3.0-or-later
"""What images remember of the texture they show (`image.headbridge`), and scenes of the panel "Texture"."""

import bpy

from .. import settings
from . import live

TASKS = ("texture_basis", "sample_texture", "complete_texture")


def _moved(coefficient, _context):
    live.moved(coefficient.id_data)


class HEADBRIDGE_PG_coefficient(bpy.types.PropertyGroup):
    """One slider; its name is what it changes."""

    value: bpy.props.FloatProperty(
        name="Coefficient",
        description="In standard deviations",
        soft_min=-3.0,
        soft_max=3.0,
        min=-10.0,
        max=10.0,
        update=_moved,
    )


class HEADBRIDGE_PG_image(bpy.types.PropertyGroup):
    """The coefficients of a texture, empty for other images; see `live`."""

    space: bpy.props.StringProperty(description="Name or file of the texture space or generator")
    label: bpy.props.StringProperty(description="What to call it")
    kind: bpy.props.StringProperty(description='"space" or "generator"')
    layout: bpy.props.StringProperty(description="The head whose UV layout the texture is in")
    size: bpy.props.IntProperty(description="Texels along a side of the components")
    components: bpy.props.IntProperty(description="The most coefficients that were asked for")
    coefficients: bpy.props.CollectionProperty(type=HEADBRIDGE_PG_coefficient)
    drawn: bpy.props.StringProperty(description="The coefficients that the pixels are of")


# One group of settings per task.
_GROUPS = {
    task: type(
        f"HEADBRIDGE_PG_{task}_settings", (bpy.types.PropertyGroup,), {"__annotations__": settings.properties(task)}
    )
    for task in TASKS
}


class HEADBRIDGE_PG_texture(bpy.types.PropertyGroup):
    __annotations__ = {
        **{task: bpy.props.PointerProperty(type=group) for task, group in _GROUPS.items()},
        "mask": bpy.props.PointerProperty(
            type=bpy.types.Image,
            name="Known",
            description="White where the texture is to be kept; its coverage or its alpha when none is picked",
        ),
        "all_sliders": bpy.props.BoolProperty(
            name="All Coefficients", description="Show the sliders of all coefficients, not only of the first ones"
        ),
    }


CLASSES = (HEADBRIDGE_PG_coefficient, HEADBRIDGE_PG_image, *_GROUPS.values(), HEADBRIDGE_PG_texture)
