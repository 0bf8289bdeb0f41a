# SPDX-License-Identifier: GPL-3.0-or-later
"""Mesh objects as they are seen in the viewport: with their modifiers, shape keys, parents and scale applied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import bpy
import numpy as np

from . import mesh_arrays
from .mesh_arrays import MeshArrays, MeshError

# Parents that deform like a modifier.
_DEFORMING_PARENTS = {"ARMATURE", "LATTICE", "CURVE"}


def read_seen(obj: bpy.types.Object, uv_layer: str = "") -> MeshArrays:
    """What the viewport shows of an object, in the canonical frame; its vertices may be others than the mesh's own.

    For what is only laid something on: a target, a scan. Raises `MeshError`."""
    if obj.type != "MESH" or not _is_deformed(obj):
        return mesh_arrays.read_object(obj, uv_layer)
    mesh_arrays.check_scale(obj)
    with _evaluated(obj) as mesh:
        if not len(mesh.polygons):
            raise MeshError(f"The modifiers of '{obj.name}' leave no faces; switch them off in the viewport first.")
        if uv_layer and uv_layer not in mesh.uv_layers:
            raise MeshError(f"The modifiers of '{obj.name}' leave no UV layer '{uv_layer}'; switch them off first.")
        sizes = mesh_arrays.foreach_ints(mesh.polygons, "loop_total")
        mirrored = mesh_arrays.is_mirrored(obj)
        order = mesh_arrays.reversed_corners(sizes) if mirrored else np.arange(len(mesh.loops))
        layer = mesh.uv_layers[uv_layer] if uv_layer else mesh.uv_layers.active
        return MeshArrays(
            vertices=_canonical(obj, mesh),
            corners=mesh_arrays.foreach_ints(mesh.loops, "vertex_index")[order],
            face_sizes=sizes,
            uvs=mesh_arrays.foreach_floats(layer.uv, "vector", 2)[order] if layer is not None else None,
            face_materials=mesh_arrays.foreach_ints(mesh.polygons, "material_index"),
            material_names=tuple(m.name if m else "" for m in mesh.materials),
            name=obj.name,
        )


def read_source(obj: bpy.types.Object, uv_layer: str = "") -> MeshArrays:
    """The mesh's own vertices and faces where the viewport shows them: of an object whose vertices a result keeps.

    Raises `MeshError` when modifiers change their number."""
    arrays, seen = _own(obj, uv_layer)
    if seen is None:
        names = ", ".join(f"'{m.name}'" for m in obj.modifiers if m.show_viewport)
        raise MeshError(
            f"Modifiers of '{obj.name}' change its number of vertices ({names}); apply them, or switch them off in the "
            "viewport, first."
        )
    return replace(arrays, vertices=seen)


def read_layout_mesh(obj: bpy.types.Object, uv_layer: str = "") -> MeshArrays:
    """The mesh's own vertices, faces and UVs, where the viewport shows them.

    A UV layer belongs to the mesh itself: modifiers that change its vertices (a subdivision) are left out."""
    arrays, seen = _own(obj, uv_layer)
    return arrays if seen is None else replace(arrays, vertices=seen)


def seen_group_weights(obj: bpy.types.Object, name: str) -> np.ndarray:
    """(V,) float64 weights of a vertex group for the vertices of `read_seen`; raises `MeshError` when there is none."""
    own = mesh_arrays.group_weights(obj, name)
    if not _is_deformed(obj):
        return own
    with _evaluated(obj) as mesh:
        return mesh_arrays.weights_in(mesh, obj.vertex_groups[name].index)


def seen_vertices(obj: bpy.types.Object) -> np.ndarray:
    """(V, 3) canonical positions of the vertices of `read_seen`."""
    if _is_deformed(obj):
        with _evaluated(obj) as mesh:
            return _canonical(obj, mesh)
    return mesh_arrays.to_canonical(mesh_arrays.transform_points(obj.matrix_world, mesh_arrays.local_vertices(obj)))


def shape_digest(obj: bpy.types.Object) -> str:
    """A short text that changes whenever a seen vertex moves in the object's own space, or their number changes."""
    if _is_deformed(obj):
        with _evaluated(obj) as mesh:
            return mesh_arrays.digest(mesh_arrays.foreach_floats(mesh.vertices, "co", 3))
    return mesh_arrays.digest(mesh_arrays.local_vertices(obj))


def _own(obj: bpy.types.Object, uv_layer: str) -> tuple[MeshArrays, np.ndarray | None]:
    """The mesh itself, and (V, 3) canonical where its vertices are seen, None when what is seen has others."""
    arrays = mesh_arrays.read_object(obj, uv_layer)
    if not _is_deformed(obj):
        return arrays, arrays.vertices
    with _evaluated(obj) as mesh:
        same = mesh_arrays.same_size(mesh, arrays)
        return arrays, _canonical(obj, mesh) if same else None


def _canonical(obj: bpy.types.Object, mesh: bpy.types.Mesh) -> np.ndarray:
    local = mesh_arrays.foreach_floats(mesh.vertices, "co", 3).astype(np.float64)
    return mesh_arrays.to_canonical(mesh_arrays.transform_points(obj.matrix_world, local))


def _is_deformed(obj: bpy.types.Object) -> bool:
    parented = obj.parent is not None and obj.parent_type in _DEFORMING_PARENTS
    return parented or any(modifier.show_viewport for modifier in getattr(obj, "modifiers", ()))


@contextmanager
def _evaluated(obj: bpy.types.Object) -> Iterator[bpy.types.Mesh]:
    """The object's mesh as its modifiers leave it, in its own space, until the context ends."""
    mesh_arrays.flush_edit_mode(obj)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    evaluated = obj.evaluated_get(depsgraph)
    try:
        yield evaluated.to_mesh(preserve_all_data_layers=True, depsgraph=depsgraph)
    finally:
        evaluated.to_mesh_clear()
