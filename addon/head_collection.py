# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections that the add-on makes: one for each rigged head, with those of its photos and landmarks inside."""

from __future__ import annotations

import bpy

# Collection property: made by the add-on, so that it goes when it is empty.
KEY = "headbridge_photos"


def new(name: str, parent: bpy.types.Collection) -> bpy.types.Collection:
    """A new collection inside another one."""
    made = bpy.data.collections.new(name)
    made[KEY] = True
    parent.children.link(made)
    return made


def new_for_head(name: str, active: bpy.types.Collection) -> bpy.types.Collection:
    """The collection of a new head, in the user's active one; beside other heads, not in theirs."""
    parent = active
    while KEY in parent:
        parent = _parent_of(parent)
    return new(name, parent)


def _parent_of(collection: bpy.types.Collection) -> bpy.types.Collection:
    root = bpy.context.scene.collection
    return next((c for c in root.children_recursive if collection.name in c.children), root)


def remove_empty(collections: set[bpy.types.Collection]) -> None:
    """Remove those of the add-on's collections that hold nothing any more, inner ones first."""
    for collection in sorted(collections, key=lambda collection: len(collection.children_recursive)):
        if KEY in collection and not collection.all_objects and not collection.children:
            bpy.data.collections.remove(collection)
