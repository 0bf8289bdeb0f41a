# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes of a performance without coefficients: one object whose absolute shape keys are the frames."""

from __future__ import annotations

import bpy
import numpy as np

from .. import mesh_arrays
from ..landmark_pairs import HEAD_KEY
from . import curves
from .curves import Curve


def build(
    arrays: dict[str, np.ndarray], facts: dict, frames: np.ndarray, collection: bpy.types.Collection
) -> bpy.types.Object:
    """A new object whose vertices are those of every frame (T, V, 3) at (T,) frames of the scene, straight between
    them. facts : topology and name."""
    vertices = arrays["vertices"]
    mesh = mesh_arrays.new_mesh(
        facts["name"], mesh_arrays.from_canonical(vertices[0]), arrays["corners"], arrays["face_sizes"]
    )
    if "uvs" in arrays:
        mesh_arrays.add_uv_layer(mesh, arrays["uvs"])
    mesh.shade_smooth()
    obj = bpy.data.objects.new(facts["name"], mesh)
    collection.objects.link(obj)
    if facts["topology"]:
        obj[HEAD_KEY] = facts["topology"]
    for name, positions in zip(arrays["frame_names"].tolist(), vertices):
        key = obj.shape_key_add(name=name, from_mix=False)
        key.interpolation = "KEY_LINEAR"
        key.data.foreach_set("co", mesh_arrays.from_canonical(positions).astype(np.float32).ravel())
    keys = mesh.shape_keys
    keys.use_relative = False
    times = np.array([key.frame for key in keys.key_blocks])
    curves.write(f"{facts['name']} Action", [(keys, [Curve("eval_time", 0, frames, times)])])
    return obj
