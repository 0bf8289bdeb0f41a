# SPDX-License-Identifier: GPL-3.0-or-later
"""The object a registration leaves: first as a moving preview, then with shape keys, distances and metrics.

The registered shape is the basis, which Edit Mode shows and exporters write; the aligned source is a key at 0. The object
takes the target's world location and rotation and has scale 1; its vertices are placed so that they lie
where the backend put them in the world. It has no parent.
"""

from __future__ import annotations

import json

import bpy
import numpy as np
from mathutils import Matrix

from . import heat_map, mesh_arrays, picked, seen_meshes, uv_display, verdict

PREVIEW_KEY = "headbridge_preview"
RESULT_KEY = "headbridge_result"
# What an object of this version remembers, see `file_upgrade`.
VERSION = 1
BASIS = "Basis"
ALIGNED = "Aligned"


def new_preview(
    source: bpy.types.Object, target: bpy.types.Object, collection: bpy.types.Collection
) -> bpy.types.Object:
    """A copy of the source's mesh (faces, UV layers, materials, vertex groups) in the target's place."""
    mesh = source.data.copy()
    mesh.name = f"{source.name} on {target.name}"
    obj = bpy.data.objects.new(mesh.name, mesh)
    obj[PREVIEW_KEY] = True
    # The wireframe sets the moving source off against the target it lies on.
    obj.show_wire = True
    if mesh.shape_keys is not None:
        obj.shape_key_clear()
    if mesh_arrays.is_mirrored(source):
        mesh.flip_normals()
    if mesh.has_custom_normals:
        # They belong to the shape the source had.
        with bpy.context.temp_override(object=obj, active_object=obj, mesh=mesh):
            bpy.ops.mesh.customdata_custom_splitnormals_clear()
    for index, material in enumerate(mesh.materials):
        # Materials may be the object's own; a checker it shows at the moment is none of them.
        worn = uv_display.original_material(source, index)
        if worn is not material:
            mesh.materials[index] = worn
    location, rotation, _scale = target.matrix_world.decompose()
    obj.matrix_world = Matrix.LocRotScale(location, rotation, None)
    collection.objects.link(obj)
    return obj


def find_preview(name: str) -> bpy.types.Object | None:
    """The preview of this name, unless something (an undo) has taken it away."""
    obj = bpy.data.objects.get(name)
    return obj if obj is not None and PREVIEW_KEY in obj else None


def move_preview(obj: bpy.types.Object, vertices: np.ndarray) -> None:
    """Show (V, 3) canonical intermediate vertices."""
    mesh_arrays.set_positions(obj.data, _to_object(obj, vertices))


def _to_object(obj: bpy.types.Object, vertices: np.ndarray) -> np.ndarray:
    return mesh_arrays.transform_points(obj.matrix_world.inverted(), mesh_arrays.from_canonical(vertices))


def remove_preview(obj: bpy.types.Object) -> None:
    """Remove a preview and its mesh."""
    mesh = obj.data
    bpy.data.objects.remove(obj)
    bpy.data.meshes.remove(mesh)


def remove_stray_previews(keep: str = "") -> None:
    """Remove previews that an undo has brought back."""
    for obj in [o for o in bpy.data.objects if PREVIEW_KEY in o and o.name != keep]:
        remove_preview(obj)


def finish(obj: bpy.types.Object, arrays: dict[str, np.ndarray], answer: dict, heat_map_max: float) -> None:
    """Turn a preview into the result.

    arrays : "aligned" and "registered" (V, 3) canonical, "distance_mm" (V,); answer : the worker's, kept as JSON
    together with the matrix the result has now.
    """
    mesh_arrays.set_positions(obj.data, _to_object(obj, arrays["registered"]))
    obj.shape_key_add(name=BASIS, from_mix=False)
    key = obj.shape_key_add(name=ALIGNED, from_mix=False)
    key.data.foreach_set("co", _to_object(obj, arrays["aligned"]).astype(np.float32).ravel())
    key.value = 0.0
    obj.active_shape_key_index = 0
    heat_map.add_attributes(obj.data, arrays["distance_mm"], heat_map_max)
    obj[RESULT_KEY] = json.dumps({**answer, "matrix": [list(row) for row in obj.matrix_world]})
    verdict.store(obj, answer)
    del obj[PREVIEW_KEY]
    obj.show_wire = False
    obj.data.update()


def place_of(target: bpy.types.Object) -> dict:
    """Where a target stands and what shape it has while something is registered onto it, as JSON."""
    return {"matrix": [list(row) for row in target.matrix_world], "shape": seen_meshes.shape_digest(target)}


def answer_of(obj: bpy.types.Object | None) -> dict | None:
    """What the worker answered for a result object; None for any other object."""
    if obj is None or RESULT_KEY not in obj:
        return None
    return json.loads(obj[RESULT_KEY])


def note_pair(obj: bpy.types.Object, source: bpy.types.Object | None, target: bpy.types.Object | None) -> None:
    """Remember which objects a result was made of, whatever they are called later."""
    obj.headbridge.registered_source, obj.headbridge.registered_target = source, target
    obj.headbridge.version = VERSION


def source_of(obj: bpy.types.Object) -> bpy.types.Object | None:
    """The object whose vertices a result has; None when it was deleted."""
    return picked.in_a_scene(obj.headbridge.registered_source)


def target_of(obj: bpy.types.Object) -> bpy.types.Object | None:
    """The object that a result lies on; None when it was deleted."""
    return picked.in_a_scene(obj.headbridge.registered_target)


def registered_vertices(obj: bpy.types.Object) -> np.ndarray:
    """(V, 3) float64 registered positions in the result's own space: its basis, or its mesh when the keys are gone."""
    keys = obj.data.shape_keys
    points = obj.data.vertices if keys is None else keys.reference_key.data
    return mesh_arrays.foreach_floats(points, "co", 3).astype(np.float64)


def report_rows(answer: dict) -> list[tuple[str, str]]:
    """The metrics a user looks at first, as (label, value)."""
    metrics = answer.get("metrics", {})
    rows = []

    def add(label: str, *path: str, unit: str = "", digits: int = 3):
        value = metrics
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            text = f"{value:.{digits}f}" if isinstance(value, float) else str(value)
            rows.append((label, f"{text} {unit}".strip()))

    region = "face" if "face" in metrics.get("distances", {}) else "all"
    for label, key in (("mean", "mean"), ("95 %", "p95"), ("max", "max")):
        add(f"{region.capitalize()} distance, {label}", "distances", region, "source_to_target", key, unit="mm")
    add("Target covered, 95 %", "distances", region, "target_to_source", "p95", unit="mm")
    add("Flipped triangles", "flipped_triangles")
    add("Self-intersections", "self_intersecting_triangles")
    add("   of the source itself", "template_self_intersecting_triangles")
    add("Landmark error, mean", "landmarks", "used", "mean", unit="mm", digits=2)
    add("   held out, mean", "landmarks", "held_out", "mean", unit="mm", digits=2)
    add("Edge log ratio, 95 %", "edge_log_ratio", "p95", digits=2)
    add("Time", "seconds", unit="s", digits=1)
    return rows
