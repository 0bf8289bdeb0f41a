# SPDX-License-Identifier: GPL-3.0-or-later
"""Source, target and result beside each other, over each other, or as a heat map.

The user's objects are not moved or given other materials: linked copies in a collection of their own are shown and the
three originals hidden; Restore deletes the copies and shows the originals as they were.
"""

from __future__ import annotations

import json

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import heat_map, mesh_arrays, result_object, viewport_shading
from .materials import plain_material

COLLECTION = "HeadBridge Comparison"
# Between two heads of a row, as a part of the result's largest dimension.
GAP = 0.15
# Metres between objects that stand in one place.
SAME_PLACE = 1e-4


def show(context: bpy.types.Context, mode: str, result: bpy.types.Object) -> list[bpy.types.Object]:
    """Show a comparison ("SIDE_BY_SIDE", "OVERLAY", "HEAT_MAP") of a result; returns the objects that are seen.

    Raises `MeshError` when the object is no result or its source or target is gone."""
    answer = result_object.answer_of(result)
    if answer is None:
        raise mesh_arrays.MeshError("Pick a result of Register first.")
    originals = [bpy.data.objects.get(answer[role]) for role in ("source", "target")]
    for obj, role in zip(originals, ("source", "target")):
        if obj is None:
            raise mesh_arrays.MeshError(f"The {role} '{answer[role]}' of this result is gone or was renamed.")
    restore(context)
    source, target = originals
    collection = bpy.data.collections.new(COLLECTION)
    context.scene.collection.children.link(collection)
    if mode == "SIDE_BY_SIDE":
        _side_by_side(collection, source, target, result, answer)
    elif mode == "OVERLAY":
        _overlay(collection, target, result)
    else:
        _heat_copy(collection, result)
    _hide(context, [source, target, result])
    context.scene.headbridge.compare_mode = mode
    viewport_shading.apply(context)
    return list(collection.objects)


def restore(context: bpy.types.Context) -> None:
    """End the comparison and show the scene as it was."""
    scene = context.scene
    collection = bpy.data.collections.get(COLLECTION)
    if collection is not None:
        for obj in list(collection.objects):
            data = obj.data
            bpy.data.objects.remove(obj)
            if data.users == 0:
                (bpy.data.curves if isinstance(data, bpy.types.Curve) else bpy.data.meshes).remove(data)
        bpy.data.collections.remove(collection)
    if scene.headbridge.compare_state:
        for name, (hidden, hidden_in_render) in json.loads(scene.headbridge.compare_state).items():
            obj = context.view_layer.objects.get(name)
            if obj is not None:
                obj.hide_set(hidden, view_layer=context.view_layer)
                obj.hide_render = hidden_in_render
    scene.headbridge.compare_state = ""
    scene.headbridge.compare_mode = "NONE"
    viewport_shading.apply(context)


def uncover(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Let an object be seen: end the comparison, and hide results of Register that stand where it stands."""
    if context.scene.headbridge.compare_mode != "NONE":
        restore(context)
    layer = context.view_layer
    for other in layer.objects:
        answer = result_object.answer_of(other)
        if answer is None or answer["target"] != obj.name:
            continue
        if (other.matrix_world.translation - obj.matrix_world.translation).length < SAME_PLACE:
            other.hide_set(True, view_layer=layer)
    obj.hide_set(False, view_layer=layer)


def _hide(context, objects) -> None:
    layer = context.view_layer
    objects = [obj for obj in objects if obj.name in layer.objects]
    state = {obj.name: (obj.hide_get(view_layer=layer), obj.hide_render) for obj in objects}
    context.scene.headbridge.compare_state = json.dumps(state)
    for obj in objects:
        obj.hide_set(True, view_layer=layer)
        obj.hide_render = True


def _copy(collection, obj, name) -> bpy.types.Object:
    copy = obj.copy()
    copy.name = name
    copy.parent = None
    copy.matrix_world = obj.matrix_world
    copy.animation_data_clear()
    copy.constraints.clear()
    copy.hide_render = False
    for key in (result_object.RESULT_KEY, result_object.PREVIEW_KEY):
        if key in copy:
            del copy[key]
    collection.objects.link(copy)
    copy.select_set(False)
    return copy


def _wear(obj, material) -> None:
    """Show an object with one material, on the object alone: its mesh is shared with the original."""
    if not obj.material_slots:
        obj.data = obj.data.copy()
        obj.data.materials.append(material)
    for slot in obj.material_slots:
        slot.link = "OBJECT"
        slot.material = material


def _heat_copy(collection, result) -> bpy.types.Object:
    copy = _copy(collection, result, "Heat Map")
    _wear(copy, heat_map.material(bpy.context.scene.headbridge.heat_map_max))
    return copy


def _overlay(collection, target, result) -> None:
    over_target = _copy(collection, target, "Target (Overlay)")
    _wear(over_target, plain_material("HeadBridge Overlay Target", (0.05, 0.25, 0.8, 0.35)))
    over_result = _copy(collection, result, "Result (Overlay)")
    _wear(over_result, plain_material("HeadBridge Overlay Result", (0.9, 0.42, 0.08, 1.0)))
    over_result.show_wire = True


def similarity_matrix(answer: dict) -> Matrix:
    """The job's similarity (source frame to target frame, canonical) as a matrix between Blender worlds."""
    found = answer["similarity"]
    m = np.eye(4)
    m[:3, :3] = found["scale"] * np.array(found["rotation"], np.float64)
    m[:3, 3] = found["translation"]
    world = np.eye(4)
    world[:3, :3] = mesh_arrays.to_canonical(np.eye(3)).T
    return Matrix(np.linalg.inv(world) @ m @ world)


def _side_by_side(collection, source, target, result, answer) -> None:
    copies = [
        _copy(collection, source, "Source"),
        _copy(collection, target, "Target"),
        _copy(collection, result, "Result"),
    ]
    copies.append(_heat_copy(collection, result))
    # Solid view colours by attribute here; without it this copy is as plain as source and target.
    copies[2].data = result.data.copy()
    copies[2].data.attributes.remove(copies[2].data.attributes[heat_map.COLOUR])
    copies[0].matrix_world = similarity_matrix(answer) @ source.matrix_world
    boxes = [_bounds(obj) for obj in copies]
    widths = [high.x - low.x for low, high in boxes]
    gap = GAP * max(boxes[2][1] - boxes[2][0])
    bottom, front = (min(low[axis] for low, _ in boxes) for axis in (2, 1))
    left = (boxes[1][0].x + boxes[1][1].x - sum(widths) - gap * (len(copies) - 1)) / 2.0
    for obj, (low, _high), width in zip(copies, boxes, widths):
        obj.matrix_world = Matrix.Translation((left - low.x, 0.0, 0.0)) @ obj.matrix_world
        _label(collection, obj.name.split(".")[0], Vector((left + width / 2.0, front, bottom)), 0.5 * gap)
        left += width + gap


def _bounds(obj) -> tuple[Vector, Vector]:
    corners = [obj.matrix_world @ Vector(corner) for corner in obj.bound_box]
    return Vector(map(min, zip(*corners))), Vector(map(max, zip(*corners)))


def _label(collection, text, place, size) -> None:
    curve = bpy.data.curves.new(f"{text} Label", "FONT")
    curve.body = text
    curve.align_x = "CENTER"
    curve.size = size
    curve.materials.append(plain_material("HeadBridge Label", (0.8, 0.8, 0.8, 1.0)))
    obj = bpy.data.objects.new(curve.name, curve)
    below = Matrix.Translation(place - Vector((0.0, 0.0, 1.5 * size)))
    obj.matrix_world = below @ Matrix.Rotation(np.pi / 2, 4, "X")
    collection.objects.link(obj)
