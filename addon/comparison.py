# SPDX-License-Identifier: GPL-3.0-or-later
"""A result of Register beside, over, or measured against its target: a mode of the 3D views.

The mode is the scene's `compare_mode`. What it shows is drawn over the view (`comparison_drawing`), on the objects
themselves; nothing is added to the scene and no material, view or shading changes. "RESULT" and "TARGET" alone hide what
stands in the same place, for as long as they are on and never in a saved file; such objects are marked
`hidden_by_view`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import mesh_arrays, result_object

ITEMS = [
    ("NONE", "Off", "The scene as it is"),
    ("SIDE_BY_SIDE", "Side by Side", "Source (aligned), target, result and heat map in a row"),
    ("OVERLAY", "Overlay", "The result's wireframe over the translucent target"),
    ("SWIPE", "Swipe", "The result left of a line, the target right of it; drag the line"),
    ("HEAT_MAP", "Heat Map", "The distance of the result to the target as colour"),
    ("RESULT", "Result", "The result alone; what stands in its place comes back when the view ends"),
    ("TARGET", "Target", "The target alone; what stands in its place comes back when the view ends"),
]
# Between two heads of a row, as a part of the result's largest dimension.
GAP = 0.15
# Metres between objects that stand in one place.
SAME_PLACE = 1e-4


@dataclass(frozen=True, eq=False)
class Compared:
    """The objects of a comparison, and the worker's answer for the result."""

    source: bpy.types.Object
    target: bpy.types.Object
    result: bpy.types.Object
    answer: dict


@dataclass(frozen=True, eq=False)
class Place:
    """Where an object is shown beside the others: its own matrix_world is taken there by `matrix`."""

    label: str
    obj: bpy.types.Object
    matrix: Matrix
    heat: bool = False


def compared(result: bpy.types.Object | None) -> Compared:
    """What a result is compared with; raises `MeshError` when it is no result or its source or target was deleted."""
    answer = result_object.answer_of(result)
    if answer is None:
        raise mesh_arrays.MeshError("Pick a result of Register first.")
    found = {"source": result_object.source_of(result), "target": result_object.target_of(result)}
    for role, obj in found.items():
        if obj is None:
            raise mesh_arrays.MeshError(f"The {role} '{answer[role]}' of this result was deleted.")
    return Compared(**found, result=result, answer=answer)


def shown(scene: bpy.types.Scene) -> Compared | None:
    """What the scene's mode compares at the moment; None when it is off, or the objects are gone."""
    if scene.headbridge.compare_mode == "NONE":
        return None
    try:
        return compared(scene.headbridge.compared)
    except mesh_arrays.MeshError:
        return None


def show(context: bpy.types.Context, mode: str, result: bpy.types.Object) -> Compared:
    """Show a comparison (one of `ITEMS`) of a result. Raises `MeshError`."""
    found = compared(result)
    show_hidden()
    state = context.scene.headbridge
    state.compared, state.compare_mode = result, mode
    if mode in {"RESULT", "TARGET"}:
        _hide_others(context.view_layer, result if mode == "RESULT" else found.target, found)
    return found


def uncover(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    """Let an object be seen alone where a result of Register stands in its place, as the view "TARGET" does."""
    end(context)
    for result in context.view_layer.objects:
        if (
            result_object.answer_of(result) is not None
            and result_object.target_of(result) == obj
            and _together(result, obj)
        ):
            show(context, "TARGET", result)
            return


def end(context: bpy.types.Context) -> None:
    """End the comparison; the scene is as it was."""
    show_hidden()
    context.scene.headbridge.compare_mode = "NONE"
    context.scene.headbridge.compared = None


def show_hidden() -> list[tuple[bpy.types.Object, bpy.types.ViewLayer]]:
    """Show what "RESULT" and "TARGET" have hidden; returns these objects with the layers they were hidden in."""
    shown_again = []
    for obj in [obj for obj in bpy.data.objects if obj.headbridge.hidden_by_view]:
        marked = obj.headbridge.hidden_by_view
        obj.headbridge.hidden_by_view = ""
        for layer in _layers(marked):
            if layer.objects.get(obj.name) == obj:
                obj.hide_set(False, view_layer=layer)
                shown_again.append((obj, layer))
    return shown_again


def hide_again(hidden: list[tuple[bpy.types.Object, bpy.types.ViewLayer]]) -> None:
    """Hide what `show_hidden` has shown."""
    for obj, layer in hidden:
        _hide(obj, layer)


def _mark(layer: bpy.types.ViewLayer) -> str:
    return json.dumps([layer.id_data.name, layer.name])


def _layers(mark: str) -> list[bpy.types.ViewLayer]:
    """The view layer of a mark, or all of them where it was renamed."""
    layers = [layer for scene in bpy.data.scenes for layer in scene.view_layers]
    return [layer for layer in layers if _mark(layer) == mark] or layers


def _hide_others(layer: bpy.types.ViewLayer, seen: bpy.types.Object, found: Compared) -> None:
    """Hide the target, the results on it and the source where they stand in an object's place."""
    results = [obj for obj in layer.objects if result_object.answer_of(obj) is not None]
    others = [found.source, found.target, *(obj for obj in results if result_object.target_of(obj) == found.target)]
    for other in others:
        if other != seen and other.name in layer.objects and _together(other, seen):
            _hide(other, layer)


def _together(one: bpy.types.Object, other: bpy.types.Object) -> bool:
    """Whether two objects stand in one place."""
    return (one.matrix_world.translation - other.matrix_world.translation).length < SAME_PLACE


def _hide(obj: bpy.types.Object, layer: bpy.types.ViewLayer) -> None:
    # An object of another file has no room for the mark.
    if obj.library is None and not obj.hide_get(view_layer=layer):
        obj.headbridge.hidden_by_view = _mark(layer)
        obj.hide_set(True, view_layer=layer)


def similarity_matrix(answer: dict) -> Matrix:
    """The job's similarity (source frame to target frame, canonical) as a matrix between Blender worlds."""
    found = answer["similarity"]
    m = np.eye(4)
    m[:3, :3] = found["scale"] * np.array(found["rotation"], np.float64)
    m[:3, 3] = found["translation"]
    world = np.eye(4)
    world[:3, :3] = mesh_arrays.to_canonical(np.eye(3)).T
    return Matrix(np.linalg.inv(world) @ m @ world)


def row(found: Compared) -> list[Place]:
    """Source (aligned), target, result and heat map in a row, from left to right; the target stays where it is."""
    aligned = similarity_matrix(found.answer) @ found.source.matrix_world
    parts = [
        ("Source", found.source, aligned, False),
        ("Target", found.target, found.target.matrix_world, False),
        ("Result", found.result, found.result.matrix_world, False),
        ("Heat Map", found.result, found.result.matrix_world, True),
    ]
    boxes = [bounds(obj, matrix) for _label, obj, matrix, _heat in parts]
    widths = [high.x - low.x for low, high in boxes]
    gap = GAP * max(boxes[2][1] - boxes[2][0])
    left = boxes[1][0].x - gap - widths[0]
    places = []
    for (label, obj, matrix, heat), (low, _high), width in zip(parts, boxes, widths):
        places.append(Place(label, obj, Matrix.Translation((left - low.x, 0.0, 0.0)) @ matrix, heat))
        left += width + gap
    return places


def bounds(obj: bpy.types.Object, matrix: Matrix) -> tuple[Vector, Vector]:
    """The lowest and highest corner of an object's box under a matrix."""
    corners = [matrix @ Vector(corner) for corner in obj.bound_box]
    return Vector(map(min, zip(*corners))), Vector(map(max, zip(*corners)))
