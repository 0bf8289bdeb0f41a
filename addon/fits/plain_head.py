# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads without a rig, from the backend's files."""

from __future__ import annotations

import bpy
import numpy as np

from .. import head_library, mesh_arrays
from ..job_answer import check_faces
from ..landmark_pairs import HEAD_KEY
from ..mesh_arrays import MeshArrays


def read_mesh(stored: dict[str, np.ndarray]) -> MeshArrays:
    """The arrays of a mesh .npz of the backend; raises `BackendError` when they do not fit each other."""
    check_faces(stored, "a mesh")
    sizes = stored["face_sizes"].astype(np.int32)
    return MeshArrays(
        vertices=stored["vertices"].astype(np.float64),
        corners=stored["corners"].astype(np.int32),
        face_sizes=sizes,
        uvs=stored.get("uvs"),
        face_materials=stored["face_materials"].astype(np.int32)
        if "face_materials" in stored
        else np.zeros_like(sizes),
        material_names=tuple(map(str, stored.get("material_names", ("Skin",)))),
    )


def new_head(name: str, topology: str, arrays: MeshArrays) -> bpy.types.Object:
    """A new object, in no collection yet, of canonical arrays; topology : its key in the backend."""
    positions = mesh_arrays.from_canonical(arrays.vertices)
    mesh = mesh_arrays.new_mesh(name, positions, arrays.corners, arrays.face_sizes)
    if arrays.uvs is not None:
        mesh_arrays.add_uv_layer(mesh, arrays.uvs)
    head_library.dress_parts(mesh, arrays)
    obj = bpy.data.objects.new(name, mesh)
    obj[HEAD_KEY] = topology
    return obj
