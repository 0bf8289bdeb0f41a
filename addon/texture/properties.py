# SPDX-License-Identifier: GPL-3.0-or-later
"""What images remember of the texture they show (`image.headbridge`), and scenes of the panel "Texture"."""

import itertools

import bpy

from . import follow

_DESCRIPTION = "In standard deviations"
_LARGEST = 10.0
# The ends of the sliders that there are.
_LOWER, _UPPER = (-3, -2, -1, 0), (0, 1, 2, 3)


def _moved(holder, _context):
    follow.moved(holder.id_data)


def _shown_name(lower: int, upper: int) -> str:
    return f"shown_{-lower}_{upper}"


def _shown(lower: int, upper: int):
    """The value on a slider with other ends; a property's own are the same for all coefficients."""
    return bpy.props.FloatProperty(
        name="Coefficient",
        description=_DESCRIPTION,
        soft_min=lower,
        soft_max=upper,
        min=-_LARGEST,
        max=_LARGEST,
        get=lambda self: self.value,
        set=lambda self, value: setattr(self, "value", value),
        options={"SKIP_SAVE"},
    )


class HEADBRIDGE_PG_coefficient(bpy.types.PropertyGroup):
    """One slider; its name is what it changes.

    Values that look plausible are scale * x + offset of normal numbers x that are cut off at least and most."""

    __annotations__ = {
        "value": bpy.props.FloatProperty(
            name="Coefficient",
            description=_DESCRIPTION,
            soft_min=-3.0,
            soft_max=3.0,
            min=-_LARGEST,
            max=_LARGEST,
            update=_moved,
        ),
        "fitted": bpy.props.FloatProperty(description="The value that a fit found"),
        "scale": bpy.props.FloatProperty(default=1.0),
        "offset": bpy.props.FloatProperty(),
        "least": bpy.props.FloatProperty(default=-_LARGEST),
        "most": bpy.props.FloatProperty(default=_LARGEST),
        **{
            _shown_name(lower, upper): _shown(lower, upper)
            for lower, upper in itertools.product(_LOWER, _UPPER)
            if lower < upper
        },
    }


def slider_of(coefficient: HEADBRIDGE_PG_coefficient, limit: float) -> str:
    """The property that shows a coefficient on a slider whose ends are about the natural values of `limit` standard
    deviations."""
    ends = [
        coefficient.scale * min(max(x, coefficient.least), coefficient.most) + coefficient.offset
        for x in (-limit, limit)
    ]
    # A little beyond them; what lies between whole numbers may end at the nearer one.
    lower = next((each for each in reversed(_LOWER) if each <= ends[0] + 0.1), _LOWER[0])
    upper = next((each for each in _UPPER if each >= ends[1] - 0.1), _UPPER[-1])
    return _shown_name(lower, upper) if lower < upper else "value"


class HEADBRIDGE_PG_image(bpy.types.PropertyGroup):
    """The coefficients of a texture, empty for other images; see `live`. Of one that a fit found also what that found;
    see `fitted`."""

    space: bpy.props.StringProperty(description="Name or file of the texture space or generator")
    label: bpy.props.StringProperty(description="What to call it")
    kind: bpy.props.StringProperty(description='"space" or "generator"')
    layout: bpy.props.StringProperty(description="The head whose UV layout the texture is in")
    size: bpy.props.IntProperty(description="Texels along a side of the components")
    components: bpy.props.IntProperty(description="At most so many coefficients were asked for")
    coefficients: bpy.props.CollectionProperty(type=HEADBRIDGE_PG_coefficient)
    drawn: bpy.props.StringProperty(description="The coefficients that the pixels are of")
    draft: bpy.props.BoolProperty(description="The pixels are coarser than they could be")
    fitted: bpy.props.BoolProperty(description="A fit found this texture")
    detail: bpy.props.FloatProperty(
        name="Detail of the Fit",
        description="How much of what the coefficients do not say of the fitted texture, such as the photo's detail, is "
        "kept",
        default=1.0,
        min=0.0,
        max=1.0,
        update=_moved,
    )
    original: bpy.props.PointerProperty(
        type=bpy.types.Image, description="The fit's own picture, once the coefficients have moved"
    )
    styles: bpy.props.StringProperty(description="The styles of a generator's layers that a fit found, as base64")
    style_count: bpy.props.IntProperty(description="How many layers have styles")


class HEADBRIDGE_PG_texture(bpy.types.PropertyGroup):
    mask: bpy.props.PointerProperty(
        type=bpy.types.Image,
        name="Known",
        description="White where the texture is to be kept; its coverage or its alpha when none is picked",
    )
    all_sliders: bpy.props.BoolProperty(
        name="All Coefficients", description="Show the sliders of all coefficients, not only of the first ones"
    )


CLASSES = (HEADBRIDGE_PG_coefficient, HEADBRIDGE_PG_image, HEADBRIDGE_PG_texture)
