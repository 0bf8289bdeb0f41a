# SPDX-License-Identifier: GPL-3.0-or-later
"""Which image an object's base colour has, and on which UV layer."""

from __future__ import annotations

import bpy
import numpy as np

from . import uv_display


def texture_of(obj: bpy.types.Object) -> tuple[bpy.types.Image, str] | None:
    """(image, UV layer) of an object's base colour; None without one.

    Of several materials the one on most faces that has such an image counts. Where a checker is shown, the object's
    own materials are looked at."""
    own = obj.headbridge.shown == "CHECKER"
    for slot in _by_faces(obj):
        material = uv_display.original_material(obj, slot.slot_index) if own else slot.material
        texture = _colour_texture(material) if material is not None else None
        if texture is not None:
            return texture.image, _uv_layer_of(texture) or _layer_for_rendering(obj, own)
    return None


def _by_faces(obj: bpy.types.Object) -> list[bpy.types.MaterialSlot]:
    """The object's material slots, those on many faces first."""
    slots = list(obj.material_slots)
    # Panels ask at every redraw, so faces are counted only where it matters.
    if len(slots) > 1:
        indices = np.empty(len(obj.data.polygons), np.int32)
        obj.data.polygons.foreach_get("material_index", indices)
        faces = np.bincount(np.clip(indices, 0, None), minlength=len(slots))
        slots.sort(key=lambda slot: -faces[slot.slot_index])
    return slots


def _layer_for_rendering(obj: bpy.types.Object, own: bool) -> str:
    if own and obj.headbridge.own_layer:
        return obj.headbridge.own_layer
    return next((layer.name for layer in obj.data.uv_layers if layer.active_render), "")


def _colour_texture(material: bpy.types.Material) -> bpy.types.Node | None:
    """The image node behind a material's base colour, or behind the colour of a shader that is not Principled."""
    if material.node_tree is None:
        return None
    for node in sorted(material.node_tree.nodes, key=lambda node: node.type != "BSDF_PRINCIPLED"):
        socket = next((node.inputs[name] for name in ("Base Color", "Color") if name in node.inputs), None)
        if node.outputs and node.outputs[0].type == "SHADER" and socket is not None:
            found = _image_node_behind(socket, set())
            if found is not None:
                return found
    return None


def _image_node_behind(socket: bpy.types.NodeSocket, seen: set[str]) -> bpy.types.Node | None:
    for link in socket.links:
        node = link.from_node
        if node.type == "TEX_IMAGE" and node.image is not None:
            return node
        if node.name not in seen:
            seen.add(node.name)
            for upstream in node.inputs:
                found = _image_node_behind(upstream, seen)
                if found is not None:
                    return found
    return None


def _uv_layer_of(texture: bpy.types.Node) -> str:
    links = texture.inputs["Vector"].links
    return links[0].from_node.uv_map if links and links[0].from_node.type == "UVMAP" else ""
