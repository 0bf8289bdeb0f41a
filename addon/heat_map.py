# SPDX-License-Identifier: GPL-3.0-or-later
"""The distance of a result to its target as colour: attributes on the mesh and a material that reads them."""

from __future__ import annotations

import bpy
import numpy as np

from .materials import new_node_material

DISTANCE = "distance_mm"
COLOUR = "distance_heat"
MATERIAL = "HeadBridge Heat Map"

# Position along 0..maximum and linear RGB: blue, green, yellow, red.
STOPS = (
    (0.0, (0.02, 0.07, 0.80)),
    (0.33, (0.02, 0.62, 0.30)),
    (0.66, (0.95, 0.75, 0.02)),
    (1.0, (0.80, 0.02, 0.01)),
)
UNKNOWN = (0.18, 0.18, 0.18)


def colours(distance_mm: np.ndarray, maximum: float) -> np.ndarray:
    """(V, 4) float32 linear RGBA of (V,) distances; grey where the distance is NaN."""
    known = np.isfinite(distance_mm)
    fraction = np.clip(np.where(known, distance_mm, 0.0) / maximum, 0.0, 1.0)
    positions = [position for position, _ in STOPS]
    rgba = np.ones((len(distance_mm), 4), np.float32)
    for channel in range(3):
        rgba[:, channel] = np.interp(fraction, positions, [rgb[channel] for _, rgb in STOPS])
    rgba[~known, :3] = UNKNOWN
    return rgba


def add_attributes(mesh: bpy.types.Mesh, distance_mm: np.ndarray, maximum: float) -> None:
    """Store (V,) distances as the point attribute `distance_mm` and as the colour attribute Solid view can show.

    Vertices without a counterpart keep NaN in the attribute."""
    for name in (DISTANCE, COLOUR):
        if name in mesh.attributes:
            mesh.attributes.remove(mesh.attributes[name])
    distance = mesh.attributes.new(DISTANCE, "FLOAT", "POINT")
    distance.data.foreach_set("value", np.ascontiguousarray(distance_mm, np.float32))
    mesh.attributes.new(COLOUR, "FLOAT_COLOR", "POINT")
    _paint(mesh, distance_mm, maximum)
    mesh.color_attributes.active_color = mesh.color_attributes[COLOUR]


def _paint(mesh: bpy.types.Mesh, distance_mm: np.ndarray, maximum: float) -> None:
    mesh.attributes[COLOUR].data.foreach_set("color", colours(distance_mm, maximum).ravel())
    mesh.update_tag()


def material(maximum: float) -> bpy.types.Material:
    """The heat-map material, made when it is not there.

    It maps the attribute from 0..maximum through a colour ramp; the scale can be changed in the node tree too."""
    found = bpy.data.materials.get(MATERIAL)
    if found is None:
        found = _new_material()
    found.node_tree.nodes["Scale"].inputs["From Max"].default_value = maximum
    return found


def _new_material() -> bpy.types.Material:
    made = new_node_material(MATERIAL)
    tree = made.node_tree
    shader = tree.nodes["Principled BSDF"]
    attribute = tree.nodes.new("ShaderNodeAttribute")
    attribute.attribute_name = DISTANCE
    attribute.location = (-820, 260)
    scale = tree.nodes.new("ShaderNodeMapRange")
    scale.name = scale.label = "Scale"
    scale.location = (-620, 260)
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.location = (-420, 260)
    elements = ramp.color_ramp.elements
    for index, (position, rgb) in enumerate(STOPS):
        element = elements[index] if index < len(elements) else elements.new(position)
        element.position, element.color = position, (*rgb, 1.0)
    # Comparing with NaN is false, so vertices without a counterpart stay grey.
    known = tree.nodes.new("ShaderNodeMath")
    known.operation = "GREATER_THAN"
    known.inputs[1].default_value = -1.0
    known.location = (-420, 460)
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    mix.location = (-150, 360)
    factor, unknown_colour, ramp_colour = (
        next(i for i in mix.inputs if i.name == n and i.enabled) for n in ("Factor", "A", "B")
    )
    unknown_colour.default_value = (*UNKNOWN, 1.0)
    tree.links.new(attribute.outputs["Fac"], scale.inputs["Value"])
    tree.links.new(attribute.outputs["Fac"], known.inputs[0])
    tree.links.new(scale.outputs["Result"], ramp.inputs["Fac"])
    tree.links.new(known.outputs["Value"], factor)
    tree.links.new(ramp.outputs["Color"], ramp_colour)
    tree.links.new(next(o for o in mix.outputs if o.enabled), shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.7
    made.diffuse_color = (*STOPS[1][1], 1.0)
    return made


def set_maximum(maximum: float) -> None:
    """Change the distance shown in full red, in the material and on every result of this file."""
    found = bpy.data.materials.get(MATERIAL)
    if found is not None:
        found.node_tree.nodes["Scale"].inputs["From Max"].default_value = maximum
    for mesh in bpy.data.meshes:
        if DISTANCE in mesh.attributes and COLOUR in mesh.attributes:
            distance = np.empty(len(mesh.vertices), np.float32)
            mesh.attributes[DISTANCE].data.foreach_get("value", distance)
            _paint(mesh, distance, maximum)
