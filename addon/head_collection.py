# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections that the add-on makes: one for each rigged head, with those of its photos and landmarks inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

# Collection property: made by the add-on, so that it goes when it is empty.
KEY = "headbridge_photos"


def new(name: str, parent: bpy.types.Collection) -> bpy.types.Collection:
    """A new collection inside another one."""
    made = bpy.data.collections.new(name)
    made[KEY] = True
    parent.children.link(made)
    return made


def for_new() -> bpy.types.Collection:
    """Where new objects go: the user's active collection or, where that is hidden, excluded or another file's, the nearest
    one around it that is not."""
    return _layer_for_new().collection


@contextmanager
def active_for_new() -> Iterator[None]:
    """The collection of `for_new` is the active one inside, for what adds objects by Blender's own operators."""
    view_layer = bpy.context.view_layer
    before = view_layer.active_layer_collection.collection
    view_layer.active_layer_collection = _layer_for_new()
    try:
        yield
    finally:
        # Collections that came in may have made the view layer anew, so that the layer is looked for.
        layers = (layer for layer in _all(view_layer.layer_collection) if layer.collection == before)
        view_layer.active_layer_collection = next(layers, view_layer.layer_collection)


def _layer_for_new() -> bpy.types.LayerCollection:
    root = bpy.context.view_layer.layer_collection
    way = _way_to(root, bpy.context.view_layer.active_layer_collection)
    return next((layer for layer in reversed(way) if _takes_new(layer)), root)


def beside(obj: bpy.types.Object) -> bpy.types.Collection:
    """A collection of an object that takes new objects and shows them, else the scene's own."""
    shown = [layer.collection for layer in _all(bpy.context.view_layer.layer_collection) if _takes_new(layer)]
    return next((own for own in obj.users_collection if own in shown), bpy.context.scene.collection)


def _takes_new(layer: bpy.types.LayerCollection) -> bool:
    """Whether a collection, as a view layer has it, takes new objects and shows them."""
    own = layer.collection
    return own.library is None and own.override_library is None and not layer.exclude and layer.is_visible


def _all(layer: bpy.types.LayerCollection) -> list[bpy.types.LayerCollection]:
    return [layer, *(below for child in layer.children for below in _all(child))]


def _way_to(layer: bpy.types.LayerCollection, wanted: bpy.types.LayerCollection) -> list[bpy.types.LayerCollection]:
    """From a collection down to one inside it; empty where it is not inside."""
    if layer == wanted:
        return [layer]
    return next(([layer, *way] for child in layer.children if (way := _way_to(child, wanted))), [])


def new_for_head(name: str, active: bpy.types.Collection) -> bpy.types.Collection:
    """The collection of a new head, in the one of `for_new`; beside other heads, not in theirs."""
    parent = active
    while KEY in parent:
        parent = _parent_of(parent)
    return new(name, parent)


def _parent_of(collection: bpy.types.Collection) -> bpy.types.Collection:
    root = bpy.context.scene.collection
    return next((c for c in root.children_recursive if collection.name in c.children), root)


def show_in_local_views(obj: bpy.types.Object) -> None:
    """Let 3D views that show some objects alone (local view) show a new one, too, and all that belongs to its head."""
    own = [collection for collection in obj.users_collection if KEY in collection]
    parts = {obj, *(part for collection in own for part in collection.all_objects)}
    for screen in bpy.data.screens:
        for area in screen.areas:
            space = area.spaces.active
            if space is not None and space.type == "VIEW_3D" and space.local_view is not None:
                for part in parts:
                    part.local_view_set(space, True)


def remove_empty(collections: set[bpy.types.Collection]) -> None:
    """Remove those of the add-on's collections that hold nothing any more, inner ones first."""
    for collection in sorted(collections, key=lambda collection: len(collection.children_recursive)):
        if KEY in collection and not collection.all_objects and not collection.children:
            bpy.data.collections.remove(collection)
