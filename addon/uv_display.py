# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object shows of its UVs: a checker, a texture, or the materials it has of its own.

The user's material slots stay: while something else is shown they are linked to the object and hold the shown
material, and `obj.headbridge` remembers what they held.
"""

from __future__ import annotations

import bpy

from . import materials, uv_layers
from .mesh_arrays import MeshError

CHECKER = "HeadBridge Checker"
CHECKER_SIZE = 2048

ITEMS = [
    ("CHECKER", "Checker", "Show a numbered grid on the UVs"),
    ("TEXTURE", "Texture", "Show the source's texture on the new UVs, or the texture that was baked last"),
    ("ORIGINAL", "Original", "Show the object's own materials on its own UVs"),
]


def show(obj: bpy.types.Object, mode: str) -> None:
    """Show one of `ITEMS` on an object and make the UV layer that belongs to it the active one.

    Raises `MeshError` for "TEXTURE" on an object that has none."""
    state = obj.headbridge
    note_own_layer(obj)
    if mode == "TEXTURE" and state.texture is None:
        raise MeshError(f"'{obj.name}' has no texture to show; transfer UVs from a textured head, or bake one, first.")
    if mode == "ORIGINAL":
        _take_off(obj)
        uv_layers.activate(obj.data, state.own_layer)
    else:
        textured = mode == "TEXTURE"
        _put_on(obj, _texture(state.texture, state.texture_layer) if textured else _checker())
        uv_layers.activate(obj.data, state.texture_layer if textured else state.checker_layer)
    state.shown = mode


def wear_transfer(obj: bpy.types.Object, uv_layer: str, texture: bpy.types.Image | None, mode: str) -> None:
    """Show a transferred layer: "AUTO" is the source's texture where there is one, else the checker.

    "ORIGINAL" keeps the materials as they are seen; the new layer is active, the own one stays for rendering."""
    state = obj.headbridge
    state.checker_layer = uv_layer
    if texture is not None:
        state.texture, state.texture_layer = texture, uv_layer
    if mode != "ORIGINAL":
        show(obj, "TEXTURE" if mode == "AUTO" and texture is not None else "CHECKER")
    elif state.shown == "ORIGINAL" and state.own_layer in obj.data.uv_layers:
        obj.data.uv_layers[state.own_layer].active_render = True


def wear_bake(
    obj: bpy.types.Object, image: bpy.types.Image, mask: bpy.types.Image, uv_layer: str, at_once: bool
) -> None:
    """Keep a baked image and its coverage with the object, and show it when that is wanted."""
    state = obj.headbridge
    state.texture, state.texture_layer, state.coverage = image, uv_layer, mask
    if at_once:
        show(obj, "TEXTURE")


def note_own_layer(obj: bpy.types.Object) -> None:
    """Remember which layer the object's own materials are on, as long as no transferred one is for rendering."""
    layer = next((layer.name for layer in obj.data.uv_layers if layer.active_render), "")
    if layer not in uv_layers.transfers(obj.data):
        obj.headbridge.own_layer = layer


def _put_on(obj: bpy.types.Object, material: bpy.types.Material) -> None:
    state = obj.headbridge
    if state.shown == "ORIGINAL":
        state.slots.clear()
        for slot in obj.material_slots:
            kept = state.slots.add()
            kept.link, kept.material = slot.link, slot.material
    if not obj.material_slots:
        # Without a slot there is nothing to wear; it goes again in `_take_off`.
        obj.data.materials.append(None)
    for slot in obj.material_slots:
        slot.link = "OBJECT"
        slot.material = material


def _take_off(obj: bpy.types.Object) -> None:
    state = obj.headbridge
    if state.shown == "ORIGINAL":
        return
    # Slots that were added while something else was shown have nothing to go back to but the mesh's own.
    for slot in obj.material_slots:
        kept = state.slots[slot.slot_index] if slot.slot_index < len(state.slots) else None
        slot.material = kept.material if kept is not None and kept.link == "OBJECT" else None
        slot.link = kept.link if kept is not None else "DATA"
    if not state.slots and len(obj.data.materials) == 1 and obj.data.materials[0] is None:
        obj.data.materials.clear()
    state.slots.clear()


def original_material(obj: bpy.types.Object, index: int) -> bpy.types.Material | None:
    """The material an object's slot holds when nothing else is shown."""
    state, slot = obj.headbridge, obj.material_slots[index]
    if state.shown == "ORIGINAL":
        return slot.material
    kept = state.slots[index] if index < len(state.slots) else None
    return kept.material if kept is not None and kept.link == "OBJECT" else obj.data.materials[index]


def _checker() -> bpy.types.Material:
    """The grid on the UV layer for rendering, made when it is not there."""
    found = bpy.data.materials.get(CHECKER)
    if found is not None:
        return found
    image = bpy.data.images.get(CHECKER)
    if image is None:
        image = bpy.data.images.new(CHECKER, CHECKER_SIZE, CHECKER_SIZE)
        image.generated_type = "COLOR_GRID"
    return materials.textured_material(CHECKER, image)


def _texture(image: bpy.types.Image, uv_layer: str) -> bpy.types.Material:
    """The material of an image on a UV layer, made when it is not there."""
    name = f"HeadBridge {image.name} on {uv_layer}"[:63]
    found = bpy.data.materials.get(name)
    if found is not None and materials.shows(found, image, uv_layer):
        return found
    return materials.textured_material(name, image, uv_layer)


def shown_in(scene: bpy.types.Scene) -> bool:
    """Whether an object of the scene shows a checker or a texture in place of its own materials."""
    return any(obj.type == "MESH" and obj.headbridge.shown != "ORIGINAL" for obj in scene.objects)
