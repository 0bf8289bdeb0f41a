# SPDX-License-Identifier: GPL-3.0-or-later
"""UV layers that a transfer has made: which they are, what was measured, and which of their faces have problems."""

from __future__ import annotations

import json

import bpy
import numpy as np

from . import mesh_arrays
from .mesh_arrays import MeshError

# Mesh property: JSON of {UV layer: what the worker answered}.
TRANSFERS_KEY = "headbridge_uv_transfers"
# Face attribute: the faces that the last transfer left with a flipped or covered triangle.
PROBLEM = "uv_problem"


def transfers(mesh: bpy.types.Mesh) -> dict[str, dict]:
    """The answers of the transfers whose layers the mesh still has, by layer."""
    return {name: answer for name, answer in _stored(mesh).items() if name in mesh.uv_layers}


def _stored(mesh: bpy.types.Mesh) -> dict[str, dict]:
    return json.loads(mesh.get(TRANSFERS_KEY, "{}"))


def active_layer(mesh: bpy.types.Mesh) -> str:
    """The active layer's name, empty without one."""
    return mesh.uv_layers.active.name if mesh.uv_layers.active is not None else ""


def own_layer(mesh: bpy.types.Mesh) -> str:
    """A layer that no transfer has made, best the one for rendering, or the active one; without any the active one."""
    made, active = transfers(mesh), active_layer(mesh)
    own = [layer for layer in mesh.uv_layers if layer.name not in made]
    own.sort(key=lambda layer: (not layer.active_render, layer.name != active))
    return own[0].name if own else active


def check_room(obj: bpy.types.Object) -> None:
    """Raise `MeshError` when the object cannot be given a transferred layer."""
    mesh_arrays.check_local(obj)
    if len(obj.data.uv_layers) >= 8 and not transfers(obj.data):
        raise MeshError(f"'{obj.name}' has 8 UV layers, and Blender allows no more; remove one first.")


def write_transfer(
    mesh: bpy.types.Mesh, layout: str, uvs: np.ndarray, problem_triangles: np.ndarray, answer: dict
) -> str:
    """Store a transferred layout as the active UV layer, also for rendering; returns the layer's name.

    An earlier transfer's layer of the same layout is replaced; a layer of another origin keeps its name and content.

    layout : what the layer is to be called; uvs : (C, 2) in the mesh's corner order; problem_triangles : (T,) of the
    faces' fans; answer : the worker's, kept as JSON.
    Raises `MeshError` when the mesh has no room for another layer."""
    kept = transfers(mesh)
    name = next((name for name, earlier in kept.items() if earlier["layout_name"] == layout), "")
    if name:
        mesh_arrays.set_uvs(mesh.uv_layers[name], uvs)
    else:
        name = mesh_arrays.add_uv_layer(mesh, uvs, layout)
    # The last one is the one whose faces the attribute names.
    kept.pop(name, None)
    mesh[TRANSFERS_KEY] = json.dumps({**kept, name: {**answer, "layout_name": layout}})
    _mark_problems(mesh, problem_triangles)
    activate(mesh, name)
    mesh.update_tag()
    return name


def activate(mesh: bpy.types.Mesh, name: str) -> None:
    """Make a layer the active one and the one for rendering, when it is there."""
    layer = mesh.uv_layers.get(name)
    if layer is not None:
        mesh.uv_layers.active = layer
        layer.active_render = True


def transferred(mesh: bpy.types.Mesh, source_uvs: np.ndarray) -> str:
    """The layer that has the layout of these (C, 2) UVs from a transfer; empty without one. Whatever the head they came
    from is called, the layout is the same."""
    layout = mesh_arrays.digest(source_uvs)
    return next((name for name, answer in transfers(mesh).items() if answer["source_layout"] == layout), "")


def last_transfer(mesh: bpy.types.Mesh) -> tuple[str, dict] | None:
    """(layer, answer) of the last transfer whose layer is still there."""
    return next(reversed(transfers(mesh).items()), None)


def _mark_problems(mesh: bpy.types.Mesh, problem_triangles: np.ndarray) -> None:
    sizes = mesh_arrays.foreach_ints(mesh.polygons, "loop_total")
    faces = np.repeat(np.arange(len(sizes)), sizes - 2)
    flags = np.zeros(len(sizes), bool)
    flags[faces[problem_triangles]] = True
    if PROBLEM in mesh.attributes:
        mesh.attributes.remove(mesh.attributes[PROBLEM])
    mesh.attributes.new(PROBLEM, "BOOLEAN", "FACE").data.foreach_set("value", flags)


def problem_faces(mesh: bpy.types.Mesh) -> np.ndarray:
    """(F,) bool, the faces the last transfer left with problems; raises `MeshError` when they are not known."""
    attribute = mesh.attributes.get(PROBLEM)
    if attribute is None or attribute.domain != "FACE" or attribute.data_type != "BOOLEAN":
        raise MeshError(f"'{mesh.name}' has no problem faces stored; transfer UVs to it first.")
    flags = np.empty(len(mesh.polygons), bool)
    attribute.data.foreach_get("value", flags)
    return flags


def report_rows(answer: dict) -> list[tuple[str, str]]:
    """The metrics a user looks at first, as (label, value)."""
    rows = []

    def add(label: str, *path: str, digits: int = 2, scale: float = 1.0, unit: str = ""):
        value = answer.get("metrics", {})
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            text = f"{scale * value:.{digits}f}" if isinstance(value, float) else str(value)
            rows.append((label, f"{text} {unit}".strip()))

    add("Flipped triangles", "flipped", "count")
    add("   on the skin", "flipped", "skin_count")
    add("Texels covered twice", "covered_twice", "all", scale=100.0, digits=3, unit="%")
    add("Distortion, median", "symmetric_dirichlet", "skin", "median")
    add("   area mean", "symmetric_dirichlet", "skin", "area_mean")
    add("Mirror asymmetry, median", "mirror_asymmetry_px", "median", unit="px")
    add("   95 %", "mirror_asymmetry_px", "p95", unit="px")
    add("Landmark error, mean", "landmarks_px", "used", "mean", unit="px")
    add("   held out, mean", "landmarks_px", "held_out", "mean", unit="px")
    add("Time", "seconds", digits=1, unit="s")
    return rows
