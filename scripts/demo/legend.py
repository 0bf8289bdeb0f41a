"""Words and the colour scale beside the heads of a picture."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import studio

_STEPS = 96
_SCALE_COLOUR = "scale"


def text(words: str, place: Vector, size: float, align: str = "CENTER", light: bool = False) -> bpy.types.Object:
    """Words that face the camera, `size` metres high, their baseline at `place`; in no collection yet.

    light : for a dark backdrop."""
    curve = bpy.data.curves.new(words, "FONT")
    curve.body, curve.align_x, curve.size = words, align, size
    name, ink = ("Demo Light Ink", studio.LIGHT_INK) if light else ("Demo Ink", studio.INK)
    curve.materials.append(studio.glowing(name, colour=ink))
    obj = bpy.data.objects.new(words, curve)
    obj.matrix_world = Matrix.Translation(place) @ Matrix.Rotation(math.pi / 2.0, 4, "X")
    return obj


def strip(words: str, low: Vector, width: float, height: float, size: float) -> list[bpy.types.Object]:
    """Words on a strip in the backdrop's colour, which stands upright on `low` and faces the camera."""
    mesh = bpy.data.meshes.new("PackedTiles")
    corners = [(-width, 0.0, -height), (width, 0.0, -height), (width, 0.0, height), (-width, 0.0, height)]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    mesh.materials.append(studio.glowing("Demo PackedTiles", colour=studio.BACKDROP))
    obj = bpy.data.objects.new("PackedTiles", mesh)
    obj.location = low
    return [obj, text(words, low + Vector((0.0, -0.001, 0.35 * height)), size)] if words else [obj]


def colour_scale(colours, maximum: float, centre: Vector, height: float) -> list[bpy.types.Object]:
    """A vertical bar from 0 to `maximum` mm with its numbers; `colours(distances, maximum)` gives (N, 4) linear RGBA."""
    width, size = 0.06 * height, 0.055 * height
    values = np.linspace(0.0, maximum, _STEPS)
    z = np.repeat(centre.z + height * (values / maximum - 0.5), 2)
    x = centre.x + width * np.tile([-0.5, 0.5], _STEPS)
    points = np.stack([x, np.full(len(x), centre.y), z], axis=1)
    quads = [(2 * k, 2 * k + 1, 2 * k + 3, 2 * k + 2) for k in range(_STEPS - 1)]
    mesh = bpy.data.meshes.new("Scale")
    mesh.from_pydata(points.tolist(), [], quads)
    attribute = mesh.attributes.new(_SCALE_COLOUR, "FLOAT_COLOR", "POINT")
    attribute.data.foreach_set("color", np.repeat(colours(values, maximum), 2, axis=0).astype(np.float32).ravel())
    mesh.materials.append(studio.glowing("Demo Scale", attribute=_SCALE_COLOUR))
    props = [bpy.data.objects.new("Scale", mesh)]
    for part in (0.0, 0.5, 1.0):
        place = centre + Vector((0.9 * width, 0.0, height * (part - 0.5) - 0.35 * size))
        sign = "\u2265 " if part == 1.0 else ""
        props.append(text(f"{sign}{maximum * part:g} mm", place, size, "LEFT"))
    below = centre + Vector((-0.5 * width, 0.0, -0.5 * height - 1.8 * size))
    props.append(text("grey: not matched", below, 0.8 * size, "LEFT"))
    return props
