# SPDX-License-Identifier: GPL-3.0-or-later
"""The light of a photo as a sun and an even ambient light.

They light the photo's head alone: the sun by light linking, the ambient light as what the head's material gives off. So
neither the user's world nor the rest of the scene is lit by them.

Fits explain the photo's encoded colours: albedo times the shading that nine spherical harmonics give. Blender lights in
linear colours, so the shading is taken to the power of 2.2, and the sun and ambient light that come closest to it on
the normals a camera can see are found.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Vector

from ..materials import PHOTO_AMBIENT

# The harmonics' constants times the cosine lobe's over pi (Ramamoorthi and Hanrahan 2001).
_CONSTANTS = np.array(
    [0.282095, 1.023327, 1.023327, 1.023327, 0.858086, 0.858086, 0.858086, 0.429043, 0.247708], np.float64
)
_GAMMA = 2.2
_NORMALS, _DIRECTIONS = 400, 2000
# A photo's light is no point: the sun's disc blurs the edge of its shadows.
_SUN_ANGLE = 0.3
# Of the sphere around a head; light from right behind it leaves no trace on what is seen.
_LEAST_FACING = -0.5


@dataclass(frozen=True, eq=False)
class SunAndAmbient:
    """direction (3,) : towards the sun, in the camera's own space (x right, y up, z towards it). sun, ambient (3,) :
    linear colours; a surface of albedo 1 shows `ambient + sun max(0, cos)`."""

    direction: np.ndarray
    sun: np.ndarray
    ambient: np.ndarray


def shading(coefficients: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(N, 3) shading of (N, 3) unit normals under (9, 3) coefficients, in the order 1, x, y, z, xy, xz, yz, x² - y²,
    3z² - 1."""
    x, y, z = normals.T
    terms = np.stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3.0 * z * z - 1.0], axis=1)
    return terms * _CONSTANTS @ coefficients


def sun_and_ambient(coefficients: np.ndarray) -> SunAndAmbient:
    """The closest sun and ambient light to (9, 3) coefficients for encoded colours, in least squares."""
    normals = _sphere(_NORMALS)
    normals = normals[normals[:, 2] > 0.0]
    wanted = np.maximum(shading(np.asarray(coefficients, np.float64), normals), 0.0) ** _GAMMA
    directions = _sphere(_DIRECTIONS)
    directions = directions[directions[:, 2] > _LEAST_FACING]
    cosines = np.maximum(normals @ directions.T, 0.0)
    sun, ambient = _two_lights(cosines, wanted.mean(axis=1, keepdims=True))
    misses = ((ambient + cosines[:, :, None] * sun - wanted.mean(axis=1)[:, None, None]) ** 2).sum(axis=(0, 2))
    best = int(misses.argmin())
    sun, ambient = _two_lights(cosines[:, best : best + 1], wanted)
    return SunAndAmbient(directions[best], sun[0], ambient[0])


def _two_lights(cosines: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(D, C) strengths of sun and ambient, neither below 0, for (N, D) cosines and (N, C) shading."""
    centred = cosines - cosines.mean(axis=0)
    slope = centred.T @ wanted / np.maximum((centred**2).sum(axis=0), 1e-9)[:, None]
    slope = np.maximum(slope, 0.0)
    offset = wanted.mean(axis=0) - slope * cosines.mean(axis=0)[:, None]
    # Where the best ambient light were negative there is none, and the sun alone is fitted.
    alone = np.maximum(cosines.T @ wanted / np.maximum((cosines**2).sum(axis=0), 1e-9)[:, None], 0.0)
    return np.where(offset < 0.0, alone, slope), np.maximum(offset, 0.0)


def _sphere(count: int) -> np.ndarray:
    """(count, 3) evenly spread directions (a Fibonacci spiral)."""
    index = np.arange(count) + 0.5
    z, angle = 1.0 - 2.0 * index / count, np.pi * (1.0 + 5.0**0.5) * index
    ring = np.sqrt(1.0 - z * z)
    return np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)


def add_sun(name: str, found: SunAndAmbient, camera: bpy.types.Object, lit: bpy.types.Collection) -> bpy.types.Object:
    """A new sun, in no collection yet, that moves with the camera and lights the objects of a collection."""
    data = bpy.data.lights.new(name, "SUN")
    strongest = float(found.sun.max())
    # A sun of strength pi shows a white surface that faces it as 1.
    data.energy = np.pi * strongest
    if strongest > 0.0:
        data.color = found.sun / strongest
    data.angle = _SUN_ANGLE
    obj = bpy.data.objects.new(name, data)
    obj.parent = camera
    obj.rotation_euler = Vector(found.direction).to_track_quat("Z", "Y").to_euler()
    obj.light_linking.receiver_collection = lit
    return obj


def glow(material: bpy.types.Material, image: bpy.types.Image, found: SunAndAmbient) -> None:
    """Let a material that shows an image give off what it shows of it in the ambient light."""
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    texture = next(node for node in tree.nodes if node.type == "TEX_IMAGE" and node.image == image)
    mix = tree.nodes.new("ShaderNodeMix")
    mix.name = mix.label = PHOTO_AMBIENT
    mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
    factor, colour, ambient = (next(i for i in mix.inputs if i.name == n and i.enabled) for n in ("Factor", "A", "B"))
    factor.default_value, ambient.default_value = 1.0, (*found.ambient, 1.0)
    mix.location = (-320, -60)
    tree.links.new(texture.outputs["Color"], colour)
    tree.links.new(next(o for o in mix.outputs if o.enabled), shader.inputs["Emission Color"])
    shader.inputs["Emission Strength"].default_value = 1.0


def glow_plain(material: bpy.types.Material, colour: tuple[float, ...], found: SunAndAmbient) -> None:
    """Let a material of one linear colour give off what it shows of it in the ambient light."""
    shader = material.node_tree.nodes["Principled BSDF"]
    lit = [own * light for own, light in zip(colour[:3], found.ambient.tolist(), strict=True)]
    shader.inputs["Emission Color"].default_value = (*lit, 1.0)
    shader.inputs["Emission Strength"].default_value = 1.0


def new_dark_world(name: str) -> bpy.types.World:
    """A new world without light, which no scene uses yet: renders like the photo have no other light than it."""
    world = bpy.data.worlds.new(name)
    if world.node_tree is None:
        world.use_nodes = True
    background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.0, 0.0, 0.0, 1.0)
    world.color = (0.0, 0.0, 0.0)
    return world
