# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object knows of the performance it plays."""

from __future__ import annotations

import json

import bpy

from ..rig import rigged_head

# Object property of the mesh: JSON of `source`, `label` of the model, `fps` (0 where unknown), `frames` (first and last
# of the source), `timing` and `camera` (name of the camera's object, empty where there is none).
PERFORMANCE_KEY = "headbridge_performance"


def note(obj: bpy.types.Object, facts: dict) -> None:
    """Keep what is known of a performance with the mesh that plays it."""
    obj[PERFORMANCE_KEY] = json.dumps(facts)


def facts_of(obj: bpy.types.Object | None) -> dict | None:
    """What is known of the performance an object, its armature or its camera belongs to; None for others."""
    found = mesh_of(obj)
    return None if found is None else json.loads(found[PERFORMANCE_KEY])


def mesh_of(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The mesh that plays a performance: the object itself, or that of its armature or camera; None for others."""
    for each in (obj, obj.parent if obj is not None else None):
        rigged = rigged_head.find(each)
        mesh = each if rigged is None else rigged.head
        if mesh is not None and PERFORMANCE_KEY in mesh:
            return mesh
    return None
