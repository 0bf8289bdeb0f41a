# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender mesh objects to arrays and back.

The canonical frame of the backend is millimetres, Y up, face along +Z, the subject's left at +X; Blender's world is
metres, Z up, face along -Y. A world point (x, y, z) in metres is the canonical point 1000 (x, z, -y).

What is read here is the mesh as its shape keys stand, in world space, *without* modifiers: modifiers may change the
number of vertices, and a result has to keep the source's. `seen_meshes` reads it as its modifiers show it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

MM_PER_METRE = 1000.0


class MeshError(ValueError):
    """A mesh object cannot be used; the text names the cause and the fix."""


@dataclass(frozen=True)
class MeshArrays:
    """vertices (V, 3) float64; corners (C,) int32; face_sizes (F,) int32; uvs (C, 2) float32 or None;
    face_materials (F,) int32; material_names; name : what the user calls it."""

    vertices: np.ndarray
    corners: np.ndarray
    face_sizes: np.ndarray
    uvs: np.ndarray | None
    face_materials: np.ndarray
    material_names: tuple[str, ...]
    name: str = ""


def to_canonical(points: np.ndarray) -> np.ndarray:
    """(N, 3) world points in metres to canonical millimetres."""
    return np.stack([points[:, 0], points[:, 2], -points[:, 1]], axis=1) * MM_PER_METRE


def from_canonical(points: np.ndarray) -> np.ndarray:
    """(N, 3) canonical millimetres to world points in metres."""
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1) / MM_PER_METRE


def transform_points(matrix: Matrix, points: np.ndarray) -> np.ndarray:
    """Apply a 4 x 4 matrix to (N, 3) points in double precision."""
    m = np.array(matrix, dtype=np.float64)
    return points @ m[:3, :3].T + m[:3, 3]


def foreach_floats(collection, attribute: str, width: int) -> np.ndarray:
    """(N, width) float32 of a collection's attribute (flat for width 1)."""
    values = np.empty(len(collection) * width, np.float32)
    collection.foreach_get(attribute, values)
    return values.reshape(-1, width) if width > 1 else values


def foreach_ints(collection, attribute: str, width: int = 1) -> np.ndarray:
    """(N, width) int32 of a collection's attribute (flat for width 1)."""
    values = np.empty(len(collection) * width, np.int32)
    collection.foreach_get(attribute, values)
    return values.reshape(-1, width) if width > 1 else values


def flush_edit_mode(obj: bpy.types.Object) -> None:
    """Write what is being edited back to the mesh data, so that it can be read."""
    if obj.mode == "EDIT":
        obj.update_from_editmode()


def local_vertices(obj: bpy.types.Object) -> np.ndarray:
    """(V, 3) float64 positions in the object's space with the current mix of its shape keys."""
    keys = obj.data.shape_keys
    if keys is None:
        return foreach_floats(obj.data.vertices, "co", 3).astype(np.float64)
    if not keys.use_relative:
        raise MeshError(f"'{obj.name}' has absolute shape keys; make them relative, or apply them, first.")
    if obj.mode == "EDIT":
        return _key_positions(obj.active_shape_key)
    reference = _key_positions(keys.reference_key)
    if obj.show_only_shape_key:
        shown = keys.reference_key if obj.active_shape_key.mute else obj.active_shape_key
        return reference + _masked(obj, shown, _key_positions(shown) - reference)
    mixed = reference.copy()
    for block in keys.key_blocks:
        if block != keys.reference_key and not block.mute and block.value != 0.0:
            mixed += _masked(obj, block, block.value * (_key_positions(block) - _key_positions(block.relative_key)))
    return mixed


def _key_positions(block: bpy.types.ShapeKey) -> np.ndarray:
    return foreach_floats(block.data, "co", 3).astype(np.float64)


def _masked(obj: bpy.types.Object, block: bpy.types.ShapeKey, offsets: np.ndarray) -> np.ndarray:
    """Offsets of a key, weighted by its vertex group where it has one."""
    if not block.vertex_group or block.vertex_group not in obj.vertex_groups:
        return offsets
    return offsets * group_weights(obj, block.vertex_group)[:, None]


def is_mirrored(obj: bpy.types.Object) -> bool:
    """True when the object's world matrix turns faces inside out."""
    return np.linalg.det(np.array(obj.matrix_world, dtype=np.float64)[:3, :3]) < 0.0


def read_object(obj: bpy.types.Object, uv_layer: str = "") -> MeshArrays:
    """The object's mesh in the canonical frame, with the UVs of the named layer or else of the active one.

    Raises `MeshError`. A mirrored object gives its faces in reversed corner order, so that they look outwards where
    Blender's do; `corner_order` tells the order."""
    check_mesh(obj)
    mesh = obj.data
    check_scale(obj)
    if uv_layer and uv_layer not in mesh.uv_layers:
        raise MeshError(f"'{obj.name}' has no UV layer '{uv_layer}'; pick one of its layers.")
    order = corner_order(obj)
    uvs = _read_uvs(mesh, uv_layer)
    return MeshArrays(
        vertices=to_canonical(transform_points(obj.matrix_world, local_vertices(obj))),
        corners=foreach_ints(mesh.loops, "vertex_index")[order],
        face_sizes=foreach_ints(mesh.polygons, "loop_total"),
        uvs=uvs[order] if uvs is not None else None,
        face_materials=foreach_ints(mesh.polygons, "material_index"),
        material_names=tuple(m.name if m else "" for m in mesh.materials),
        name=obj.name,
    )


def check_scale(obj: bpy.types.Object) -> None:
    """Raise `MeshError` when the object is flattened."""
    if abs(np.linalg.det(np.array(obj.matrix_world, dtype=np.float64)[:3, :3])) < 1e-18:
        raise MeshError(f"'{obj.name}' is scaled to zero along an axis; give it a scale first.")


def check_local(obj: bpy.types.Object) -> None:
    """Raise `MeshError` when the object or its data, such as its mesh, belongs to another file and cannot be changed."""
    if any(block.library is not None for block in (obj, obj.data)) or obj.data.override_library is not None:
        raise MeshError(f"'{obj.name}' is linked from another file; make it and its data local first.")


def check_mesh(obj: bpy.types.Object) -> None:
    """Raise `MeshError` unless the object is a mesh with faces."""
    if obj.type != "MESH":
        raise MeshError(f"'{obj.name}' is not a mesh; convert it to a mesh first.")
    flush_edit_mode(obj)
    if len(obj.data.vertices) == 0 or len(obj.data.polygons) == 0:
        raise MeshError(f"'{obj.name}' has no faces; choose a mesh with a surface.")


def _read_uvs(mesh: bpy.types.Mesh, name: str) -> np.ndarray | None:
    if mesh.is_editmode:
        # While a mesh is edited its layers look empty; a copy has what was flushed.
        copy = mesh.copy()
        try:
            return _read_uvs(copy, name)
        finally:
            bpy.data.meshes.remove(copy)
    layer = mesh.uv_layers[name] if name else mesh.uv_layers.active
    return foreach_floats(layer.uv, "vector", 2) if layer is not None else None


def same_size(mesh: bpy.types.Mesh, arrays: MeshArrays) -> bool:
    """Whether a mesh still has as many vertices and corners as when it was read."""
    return (len(mesh.vertices), len(mesh.loops)) == (len(arrays.vertices), len(arrays.corners))


def digest(values: np.ndarray) -> str:
    """A short text that stands for an array's values in single precision."""
    return hashlib.blake2b(np.ascontiguousarray(values, np.float32).tobytes(), digest_size=16).hexdigest()


def corner_order(obj: bpy.types.Object) -> np.ndarray:
    """(C,) the order in which `read_object` gives the mesh's corners; applied again, it gives them back as stored."""
    if is_mirrored(obj):
        return reversed_corners(foreach_ints(obj.data.polygons, "loop_total"))
    return np.arange(len(obj.data.loops))


def reversed_corners(face_sizes: np.ndarray) -> np.ndarray:
    """(C,) the corners of faces of (F,) sizes, each face's from its last to its first."""
    starts = np.cumsum(face_sizes) - face_sizes
    within = np.arange(int(face_sizes.sum())) - np.repeat(starts, face_sizes)
    return np.repeat(starts + face_sizes - 1, face_sizes) - within


def group_weights(obj: bpy.types.Object, name: str) -> np.ndarray:
    """(V,) float64 weights of a vertex group, 0 outside it; raises `MeshError` when there is no such group."""
    group = obj.vertex_groups.get(name)
    if group is None:
        raise MeshError(f"'{obj.name}' has no vertex group '{name}'.")
    flush_edit_mode(obj)
    return weights_in(obj.data, group.index)


def weights_in(mesh: bpy.types.Mesh, group: int) -> np.ndarray:
    """(V,) float64 weights of the vertices of a mesh in the vertex group of this number, 0 outside it."""
    weights = np.zeros(len(mesh.vertices))
    for vertex in mesh.vertices:
        for element in vertex.groups:
            if element.group == group:
                weights[vertex.index] = element.weight
    return weights


def new_mesh(name: str, vertices: np.ndarray, corners: np.ndarray, face_sizes: np.ndarray) -> bpy.types.Mesh:
    """A new smooth-shaded mesh datablock; `vertices` (V, 3) in the object's space, metres."""
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, np.float32).ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(corners, np.int32))
    mesh.polygons.add(len(face_sizes))
    mesh.polygons.foreach_set("loop_start", (np.cumsum(face_sizes) - face_sizes).astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(face_sizes), bool))
    mesh.update(calc_edges=True)
    return mesh


def add_uv_layer(mesh: bpy.types.Mesh, uvs: np.ndarray, name: str = "UVMap") -> str:
    """Add a UV layer from (C, 2) coordinates per corner; returns the name it got, which is new on the mesh.

    Raises `MeshError` when the mesh has as many layers as Blender allows."""
    layer = mesh.uv_layers.new(name=name, do_init=False)
    if layer is None:
        raise MeshError(f"'{mesh.name}' has {len(mesh.uv_layers)} UV layers, and Blender allows no more; remove one.")
    set_uvs(layer, uvs)
    return layer.name


def set_uvs(layer: bpy.types.MeshUVLoopLayer, uvs: np.ndarray) -> None:
    """Write (C, 2) coordinates per corner."""
    layer.uv.foreach_set("vector", np.ascontiguousarray(uvs, np.float32).ravel())


def set_positions(mesh: bpy.types.Mesh, vertices: np.ndarray) -> None:
    """Move the vertices of a mesh without shape keys to (V, 3) positions in the object's space."""
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, np.float32).ravel())
    mesh.update()


def uv_seams(corners: np.ndarray, face_sizes: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    """(K, 2) vertex pairs, smaller first, of the edges whose two faces disagree about a UV."""
    after = np.arange(len(corners)) + 1
    ends = np.cumsum(face_sizes)
    after[ends - 1] = ends - face_sizes
    forward = corners < corners[after]
    low, high = np.where(forward, corners, corners[after]), np.where(forward, corners[after], corners)
    low_uv = np.where(forward[:, None], uvs, uvs[after])
    high_uv = np.where(forward[:, None], uvs[after], uvs)
    order = np.lexsort((high, low))
    pairs = np.stack([low, high], axis=1)[order]
    both = np.concatenate([low_uv, high_uv], axis=1)[order]
    same_edge = (pairs[1:] == pairs[:-1]).all(axis=1)
    differs = np.abs(both[1:] - both[:-1]).max(axis=1) > 1e-6
    return np.unique(pairs[1:][same_edge & differs], axis=0)


def mark_seams(mesh: bpy.types.Mesh, pairs: np.ndarray) -> None:
    """Mark the edges that join the given (K, 2) vertex pairs as UV seams."""
    edges = np.empty(len(mesh.edges) * 2, np.int32)
    mesh.edges.foreach_get("vertices", edges)
    edges = np.sort(edges.reshape(-1, 2).astype(np.int64), axis=1)
    count = len(mesh.vertices)
    seams = np.isin(edges[:, 0] * count + edges[:, 1], pairs[:, 0].astype(np.int64) * count + pairs[:, 1])
    mesh.edges.foreach_set("use_seam", seams)
