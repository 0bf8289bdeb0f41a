# SPDX-License-Identifier: GPL-3.0-or-later
"""Simple materials for the heads: one colour per named part, or a texture."""

from __future__ import annotations

import bpy

# The node by which the material of a photo's head gives off the ambient light of the photo.
PHOTO_AMBIENT = "Photo Ambient Light"
SKIN = (0.76, 0.51, 0.40, 1.0)

# The first word found in a part's name decides; the order puts the particular before the general.
_PART_COLOURS = (
    ("lash", (0.02, 0.015, 0.01, 1.0)),
    ("brow", (0.05, 0.03, 0.02, 1.0)),
    ("hair", (0.05, 0.03, 0.02, 1.0)),
    ("occlusion", (0.4, 0.2, 0.16, 0.1)),
    ("eyeblend", (0.8, 0.5, 0.45, 0.1)),
    ("lacrimal", (0.9, 0.8, 0.8, 0.3)),
    ("iris", (0.16, 0.25, 0.33, 1.0)),
    ("sclera", (0.85, 0.83, 0.8, 1.0)),
    ("eyeball", (0.85, 0.83, 0.8, 1.0)),
    ("teeth", (0.83, 0.79, 0.68, 1.0)),
    ("tongue", (0.6, 0.22, 0.2, 1.0)),
    ("gums", (0.6, 0.22, 0.2, 1.0)),
)


def part_colour(part: str) -> tuple[float, float, float, float]:
    """Linear RGBA for a part of a head by its name; skin when the name says nothing."""
    plain = part.lower().replace("_", "").replace(" ", "")
    return next((colour for word, colour in _PART_COLOURS if word in plain), SKIN)


def plain_material(name: str, colour: tuple[float, float, float, float], roughness: float = 0.5) -> bpy.types.Material:
    """The material of this name, made when it is not there; also coloured in Solid view."""
    return bpy.data.materials.get(name) or new_plain_material(name, colour, roughness)


def new_plain_material(
    name: str, colour: tuple[float, float, float, float], roughness: float = 0.5
) -> bpy.types.Material:
    """A new material of a linear RGBA colour, also in Solid view."""
    material = new_node_material(name)
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Alpha"].default_value = colour[3]
    material.diffuse_color = colour
    material.roughness = roughness
    if colour[3] < 1.0:
        material.surface_render_method = "BLENDED"
    return material


def textured_material(name: str, image: bpy.types.Image, uv_layer: str = "", matte: bool = False) -> bpy.types.Material:
    """A new material that shows an image on a UV layer, by default the one for rendering; a matte one has no
    highlights."""
    material = new_node_material(name)
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    texture.location = (-320, 280)
    tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
    if uv_layer:
        coordinates = tree.nodes.new("ShaderNodeUVMap")
        coordinates.uv_map = uv_layer
        coordinates.location = (-520, 180)
        tree.links.new(coordinates.outputs["UV"], texture.inputs["Vector"])
    # Solid view shows the active image node.
    tree.nodes.active = texture
    shader.inputs["Roughness"].default_value = 0.55
    if matte:
        shader.inputs["Specular IOR Level"].default_value = 0.0
    material.diffuse_color = SKIN
    return material


def shows(material: bpy.types.Material, image: bpy.types.Image, uv_layer: str) -> bool:
    """Whether a material still has the nodes `textured_material` makes for an image on a named UV layer."""
    nodes = material.node_tree.nodes if material.node_tree is not None else ()
    return any(node.type == "TEX_IMAGE" and node.image == image for node in nodes) and any(
        node.type == "UVMAP" and node.uv_map == uv_layer for node in nodes
    )


def new_node_material(name: str) -> bpy.types.Material:
    """A new material with Blender's default Principled tree."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:
        # Up to 4.x a new material has no tree until nodes are asked for; later ones always have.
        material.use_nodes = True
    return material
