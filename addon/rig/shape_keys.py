# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys from arrays of displacements."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from ..mesh_arrays import foreach_floats
from ..result_object import BASIS


def add_keys(
    obj: bpy.types.Object,
    base: np.ndarray,
    names: Sequence[str],
    deltas: np.ndarray,
    lower: Sequence[float],
    upper: Sequence[float],
) -> list[str]:
    """Add one shape key at value 0 per displacement (K, V, 3) of the (V, 3) base, and the basis where there is none.

    Returns the names the keys got: Blender numbers those that were taken."""
    if obj.data.shape_keys is None:
        obj.shape_key_add(name=BASIS, from_mix=False)
    given = []
    for name, delta, low, high in zip(names, deltas, lower, upper):
        key = obj.shape_key_add(name=name, from_mix=False)
        key.slider_min, key.slider_max = low, high
        key.data.foreach_set("co", np.ascontiguousarray(base + delta, np.float32).ravel())
        key.value = 0.0
        given.append(key.name)
    return given


def basis_positions(obj: bpy.types.Object) -> np.ndarray:
    """(V, 3) float64 positions of the basis, or of the mesh when it has no keys."""
    keys = obj.data.shape_keys
    return _read(obj.data.vertices if keys is None else keys.reference_key.data)


def positions(key: bpy.types.ShapeKey) -> np.ndarray:
    """(V, 3) float64 positions of a key at value 1."""
    return _read(key.data)


def _read(points) -> np.ndarray:
    return foreach_floats(points, "co", 3).astype(np.float64)
