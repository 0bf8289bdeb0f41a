# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose UV layout a head has: textures are made for those of FLAME and HACK."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from .. import head_library, mesh_arrays, uv_display, uv_layers
from ..mesh_arrays import MeshArrays, MeshError

# UVs of one layout agree this well.
_SAME_UV = 1e-4
_LABELS = {"flame": "FLAME", "hack": "HACK"}


@dataclass(frozen=True, eq=False)
class HeadLayout:
    """layout : "flame" or "hack". uv_layer : the object's layer of that layout; empty where it has none yet, and then
    uvs : (C, 2) float32 that layer, in the mesh's own corner order."""

    layout: str
    uv_layer: str
    uvs: np.ndarray | None = None


def recognise(obj: bpy.types.Object) -> HeadLayout:
    """The layout of a head of FLAME's or HACK's topology, or of any head that was given one of their layouts.

    Of several layers of the layout, the active one counts. Raises `MeshError` for other objects, and where there is no
    room for the layer that is missing."""
    mesh_arrays.check_mesh(obj)
    found = _by_topology(obj) or _by_transfer(obj.data)
    if found is None:
        raise MeshError(
            f"'{obj.name}' is no head of FLAME's or HACK's topology, and has no UV layer of their layouts; transfer the "
            "UVs of such a head to it first."
        )
    if not found.uv_layer:
        uv_layers.check_room(obj)
    return found


def lay(obj: bpy.types.Object, found: HeadLayout) -> str:
    """The name of the layer of the layout, which is added where it is missing."""
    if found.uv_layer and found.uv_layer in obj.data.uv_layers:
        return found.uv_layer
    if found.uvs is None or len(found.uvs) != len(obj.data.loops):
        raise MeshError(f"'{obj.name}' was edited meanwhile; make the texture again.")
    uv_display.note_own_layer(obj)
    return mesh_arrays.add_uv_layer(obj.data, found.uvs, _LABELS[found.layout])


def _by_topology(obj: bpy.types.Object) -> HeadLayout | None:
    for layout, label in _LABELS.items():
        head = head_library.read(head_library.HEADS[label])
        if (len(obj.data.vertices), len(obj.data.loops)) != (len(head.vertices), len(head.corners)):
            continue
        order = mesh_arrays.corner_order(obj)
        uvs = _matching(mesh_arrays.read_object(obj), head)
        if uvs is None:
            continue
        names = [layer.name for layer in obj.data.uv_layers]
        for name in sorted(names, key=lambda name: name != uv_layers.active_layer(obj.data)):
            if np.abs(mesh_arrays.read_object(obj, name).uvs - uvs).max() < _SAME_UV:
                return HeadLayout(layout, name)
        return HeadLayout(layout, "", uvs[order])
    return None


def _by_transfer(mesh: bpy.types.Mesh) -> HeadLayout | None:
    answers = uv_layers.transfers(mesh)
    for name in sorted(answers, key=lambda name: name != uv_layers.active_layer(mesh)):
        layout = answers[name]["layout_name"].lower()
        if layout in _LABELS:
            return HeadLayout(layout, name)
    return None


def _matching(arrays: MeshArrays, head: MeshArrays) -> np.ndarray | None:
    """(C, 2) the head's UVs on the corners of a mesh that has the same faces, in whatever order and turn; else None."""
    numbers = np.random.default_rng(0).integers(0, 2**63, len(head.vertices), np.uint64)
    mine, faces = _corner_order(arrays, numbers)
    theirs, head_faces = _corner_order(head, numbers)
    if not np.array_equal(arrays.corners[mine], head.corners[theirs]) or not np.array_equal(faces, head_faces):
        return None
    uvs = np.empty((len(arrays.corners), 2), np.float32)
    uvs[mine] = head.uvs[theirs]
    return uvs


def _corner_order(arrays: MeshArrays, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners in an order that depends on the faces' vertices alone, and what stands for the corners' faces."""
    starts = np.cumsum(arrays.face_sizes) - arrays.face_sizes
    # Sums of random numbers stand for sets of vertices.
    faces = np.repeat(np.add.reduceat(numbers[arrays.corners], starts), arrays.face_sizes)
    order = np.lexsort((arrays.corners, faces))
    return order, faces[order]
