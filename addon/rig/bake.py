# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliders and pose made permanent: as a plain mesh, or as the head's own neutral face."""

from __future__ import annotations

import bpy
import numpy as np

from ..landmark_pairs import HEAD_KEY
from . import inner_parts, rigged_head, shape_keys
from .rigged_head import RiggedHead


def plain_mesh(rigged: RiggedHead, context: bpy.types.Context) -> bpy.types.Object:
    """A new object of the head as it looks now, without shape keys and bones, in its place; the rig is hidden."""
    head = rigged.head
    depsgraph = context.evaluated_depsgraph_get()
    mesh = bpy.data.meshes.new_from_object(
        head.evaluated_get(depsgraph), preserve_all_data_layers=True, depsgraph=depsgraph
    )
    mesh.name = f"{head.name} Baked"
    obj = bpy.data.objects.new(mesh.name, mesh)
    obj.matrix_world = head.matrix_world
    obj[HEAD_KEY] = head.get(HEAD_KEY, "")
    for collection in head.users_collection:
        collection.objects.link(obj)
    for part in (head, *inner_parts.find(rigged), rigged.rig):
        part.hide_set(True)
    return obj


def identity(rigged: RiggedHead) -> int:
    """Make the head's identity its neutral face: the identity keys go, expressions, joints and bones stay.

    Returns how many keys went."""
    count = len(rigged.keys("identity", "larynx"))
    names = [key.name for key in rigged.keys("identity", "larynx")]
    values = [key.value for key in rigged.keys("identity", "larynx")]
    for obj in (rigged_head.joints_of(rigged), *inner_parts.find(rigged), rigged.head):
        if obj is not None and obj.data.shape_keys is not None:
            _bake_keys(obj, names, values)
    facts = {**rigged.facts, "keys": {**rigged.facts["keys"], "identity": [], "larynx": []}}
    rigged_head.note(rigged.head, facts)
    return count


def _bake_keys(obj: bpy.types.Object, names: list[str], values: list[float]) -> None:
    """Move the basis, and every other key with it, by keys at values; remove those keys and their drivers."""
    blocks = obj.data.shape_keys.key_blocks
    basis = shape_keys.basis_positions(obj)
    there = [(blocks[name], value) for name, value in zip(names, values) if name in blocks]
    offset = np.zeros_like(basis)
    for key, value in there:
        offset += value * (shape_keys.positions(key) - basis)
    for key, _value in there:
        key.driver_remove("value")
        obj.shape_key_remove(key)
    for key in obj.data.shape_keys.key_blocks:
        moved = shape_keys.positions(key) + offset
        key.data.foreach_set("co", moved.astype(np.float32).ravel())
    obj.data.vertices.foreach_set("co", (basis + offset).astype(np.float32).ravel())
    obj.data.update()
