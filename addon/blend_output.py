# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh file that the command line wrote as a .blend file."""

from __future__ import annotations

import json
import os

import bpy
import numpy as np

from . import materials, mesh_arrays, verdict


def save(mesh_file: str, metrics_file: str, blend_file: str) -> None:
    """Save a .blend file whose only object is the mesh (npz, Y up), in metres and Blender's frame.

    The metrics file says how long a unit of the mesh is; its content is kept in the object's property
    "headbridge_metrics". A UV layer is called after the layout that was transferred, where one was.
    Raises `OSError` or `RuntimeError` when a file cannot be read or written, or the unit is not known."""
    with open(metrics_file, encoding="utf-8") as file:
        metrics = json.load(file)
    if metrics["mm_per_target_unit"] is None:
        raise RuntimeError("the target is of no head's size in any unit; write .obj, or scale the target first")
    with np.load(mesh_file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    bpy.ops.wm.read_homefile(use_empty=True)
    name = os.path.splitext(os.path.basename(blend_file))[0]
    vertices = mesh_arrays.from_canonical(arrays["vertices"] * metrics["mm_per_target_unit"])
    mesh = mesh_arrays.new_mesh(name, vertices, arrays["corners"], arrays["face_sizes"].astype(np.int64))
    if "uvs" in arrays:
        mesh_arrays.add_uv_layer(mesh, arrays["uvs"], metrics.get("layout_name", "UVMap"))
    for part in arrays.get("material_names", ()):
        mesh.materials.append(materials.plain_material(str(part), materials.part_colour(str(part))))
    if "face_materials" in arrays:
        mesh.polygons.foreach_set("material_index", arrays["face_materials"].astype(np.int32))
    obj = bpy.data.objects.new(name, mesh)
    obj["headbridge_metrics"] = json.dumps(metrics)
    verdict.store(obj, metrics)
    bpy.context.scene.collection.objects.link(obj)
    bpy.ops.wm.save_as_mainfile(filepath=os.path.abspath(blend_file))
