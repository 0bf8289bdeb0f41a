# SPDX-License-Identifier: GPL-3.0-or-later
"""The neutral face of an object, without expression and pose, as shapes are transferred to and from it."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
from mathutils import Matrix

from .. import mesh_arrays
from ..mesh_arrays import MeshArrays
from . import rigged_head, shape_keys


def read(obj: bpy.types.Object) -> MeshArrays:
    """The object's mesh with its neutral positions, in the world; raises `MeshError` when it is no mesh with faces.

    A rigged head has its identity, other meshes with shape keys are as their basis."""
    arrays = mesh_arrays.read_object(obj)
    local = _local_positions(obj)
    return replace(arrays, vertices=mesh_arrays.to_canonical(mesh_arrays.transform_points(obj.matrix_world, local)))


def _local_positions(obj: bpy.types.Object) -> np.ndarray:
    basis = shape_keys.basis_positions(obj)
    rigged = rigged_head.find(obj)
    if rigged is not None:
        return basis + identity_offset(rigged, basis)
    return basis


def identity_offset(rigged: rigged_head.RiggedHead, basis: np.ndarray) -> np.ndarray:
    """(V, 3) what the identity sliders add to the basis, in the object's space."""
    return offset_of(rigged, basis, {key.name: key.value for key in rigged.keys("identity", "larynx")})


def offset_of(rigged: rigged_head.RiggedHead, basis: np.ndarray, values: dict[str, float]) -> np.ndarray:
    """(V, 3) what identity sliders at other values, by name, would add to the basis; those left out are 0."""
    offset = np.zeros_like(basis)
    for key in rigged.keys("identity", "larynx"):
        value = values.get(key.name, 0.0)
        if value != 0.0:
            offset += value * (shape_keys.positions(key) - basis)
    return offset


def to_world(obj: bpy.types.Object, deltas: np.ndarray) -> np.ndarray:
    """(K, V, 3) displacements in the object's space as canonical ones in the world."""
    turned = deltas.reshape(-1, 3) @ _linear(obj.matrix_world).T
    return mesh_arrays.to_canonical(turned).reshape(deltas.shape)


def from_world(obj: bpy.types.Object, deltas: np.ndarray) -> np.ndarray:
    """(K, V, 3) canonical displacements in the world as ones in the object's space."""
    local = _linear(obj.matrix_world.inverted())
    return (mesh_arrays.from_canonical(deltas.reshape(-1, 3)) @ local.T).reshape(deltas.shape)


def _linear(matrix: Matrix) -> np.ndarray:
    return np.array(matrix, dtype=np.float64)[:3, :3]
