# SPDX-License-Identifier: GPL-3.0-or-later
"""Data-blocks that are made together, or not at all."""

from __future__ import annotations

from contextlib import contextmanager

import bpy

_KINDS = (
    "objects",
    "meshes",
    "armatures",
    "materials",
    "images",
    "cameras",
    "lights",
    "curves",
    "node_groups",
    "worlds",
    "collections",
    "actions",
)


@contextmanager
def taken_back_on_failure():
    """Remove all data-blocks that were added inside when an exception leaves it; the selection comes back too."""
    before = _blocks()
    objects = bpy.context.view_layer.objects
    active, selected = objects.active, list(objects.selected)
    try:
        yield
    except BaseException:
        bpy.data.batch_remove([block for block in _blocks() if block not in before])
        objects.active = active
        for obj in selected:
            obj.select_set(True)
        raise


def _blocks() -> set[bpy.types.ID]:
    return {block for kind in _KINDS for block in getattr(bpy.data, kind)}
