# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rigged head is made of and knows of itself."""

from __future__ import annotations

import json
from dataclasses import dataclass

import bpy

from ..mesh_arrays import MeshError

RIG_KEY = "headbridge_rig"


@dataclass(frozen=True)
class RiggedHead:
    """A head's mesh object, its armature object, and what was noted when it was made.

    facts : topology, label and version of the model, `joints` (names of the control bones), `keys` (kind to names of
        shape keys; the kinds are identity, expression, larynx, corrective and arkit).
    """

    head: bpy.types.Object
    rig: bpy.types.Object
    facts: dict

    def keys(self, *kinds: str) -> list[bpy.types.ShapeKey]:
        """The shape keys of these kinds that are still there, in their order."""
        blocks = self.head.data.shape_keys.key_blocks if self.head.data.shape_keys is not None else {}
        names = [name for kind in kinds for name in self.facts["keys"].get(kind, [])]
        return [blocks[name] for name in names if name in blocks]

    def bones(self) -> list[bpy.types.PoseBone]:
        """The control bones, parents first."""
        return [self.rig.pose.bones[name] for name in self.facts["joints"] if name in self.rig.pose.bones]


def joints_of(rigged: RiggedHead) -> bpy.types.Object | None:
    """The hidden object the joints follow; None for a model whose joints stay."""
    for bone in rigged.rig.pose.bones:
        for constraint in bone.constraints:
            if constraint.type == "COPY_LOCATION" and constraint.target not in (None, rigged.rig):
                return constraint.target
    return None


def note(head: bpy.types.Object, facts: dict) -> None:
    """Keep what is known of a rigged head with its object."""
    head[RIG_KEY] = json.dumps(facts)


def find(obj: bpy.types.Object | None) -> RiggedHead | None:
    """The rigged head that an object is the mesh or the armature of; None for others."""
    if obj is None:
        return None
    candidates = [obj] if obj.type == "MESH" else [child for child in obj.children if child.type == "MESH"]
    for head in candidates:
        if RIG_KEY in head:
            rig = next((m.object for m in head.modifiers if m.type == "ARMATURE" and m.object is not None), None)
            if rig is not None:
                return RiggedHead(head, rig, json.loads(head[RIG_KEY]))
    return None


def note_keys(head: bpy.types.Object, kind: str, names: list[str]) -> None:
    """Count more of a rigged head's shape keys to a kind; other objects keep no list."""
    if RIG_KEY in head:
        facts = json.loads(head[RIG_KEY])
        facts["keys"].setdefault(kind, []).extend(names)
        note(head, facts)


def active(context: bpy.types.Context) -> RiggedHead:
    """The rigged head of the active object; raises `MeshError` when it is none."""
    obj = context.view_layer.objects.active
    found = find(obj)
    if found is None:
        name = f"'{obj.name}' is no rigged head" if obj is not None else "No object is active"
        raise MeshError(f"{name}; select a head made by Add Rigged Head, or its armature.")
    return found
