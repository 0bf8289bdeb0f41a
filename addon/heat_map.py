# SPDX-License-Identifier: GPL-3.0-or-later
"""The distance of a result to its target as colour, and as attributes on the mesh."""

from __future__ import annotations

import bpy
import numpy as np

from .image_encoding import srgb_encoded

DISTANCE = "distance_mm"
COLOUR = "distance_heat"

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


def distances(mesh: bpy.types.Mesh) -> np.ndarray:
    """(V,) float32 what `add_attributes` has stored, NaN where there is no counterpart, and everywhere without it."""
    found = np.full(len(mesh.vertices), np.nan, np.float32)
    stored = mesh.attributes.get(DISTANCE)
    if stored is not None and stored.domain == "POINT":
        stored.data.foreach_get("value", found)
    return found


def _paint(mesh: bpy.types.Mesh, distance_mm: np.ndarray, maximum: float) -> None:
    mesh.attributes[COLOUR].data.foreach_set("color", colours(distance_mm, maximum).ravel())
    mesh.update_tag()


def display_colours(distance_mm: np.ndarray, maximum: float) -> np.ndarray:
    """`colours` as they are drawn on the screen: encoded sRGB."""
    linear = colours(distance_mm, maximum)
    linear[:, :3] = srgb_encoded(linear[:, :3])
    return linear


def set_maximum(maximum: float) -> None:
    """Change the distance shown in full red on every result of this file."""
    for mesh in bpy.data.meshes:
        if DISTANCE in mesh.attributes and COLOUR in mesh.attributes:
            _paint(mesh, distances(mesh), maximum)
