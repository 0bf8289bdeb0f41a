"""Shapes of a mesh stored compactly: rounded to a step, as differences along the vertices, bytes by significance.

Neighbours in a mesh's vertex order move alike, so the differences are small numbers, and their high bytes nearly all
zero: what a general compressor packs well."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def packed_entries(name: str, shapes: np.ndarray, step: float) -> dict[str, np.ndarray]:
    """What a file of arrays holds of (K, V, 3) shapes: `pack_shapes` and the step."""
    return {name: pack_shapes(shapes, step), f"{name}_step": np.float64(step)}


def shapes_of(stored: Mapping[str, np.ndarray], name: str, vertices: int) -> np.ndarray:
    """(K, V, 3) float32 shapes of `packed_entries`, V = `vertices`."""
    return unpack_shapes(stored[name], float(stored[f"{name}_step"]), vertices)


def pack_shapes(shapes: np.ndarray, step: float) -> np.ndarray:
    """(2 N,) uint8 of N = K * V * 3 coordinates of (K, V, 3) shapes, rounded to multiples of `step` (their unit).

    Raises ValueError where a coordinate exceeds 32767 steps."""
    rounded = np.round(np.asarray(shapes, np.float64).transpose(0, 2, 1) / step)
    if np.abs(rounded).max(initial=0.0) > np.iinfo(np.int16).max:
        raise ValueError(f"The shapes are too large to be stored in steps of {step}.")
    # Differences may wrap around; so do the sums that undo them.
    differences = np.diff(rounded.astype(np.int16), axis=2, prepend=np.int16(0)).astype("<i2")
    return np.ascontiguousarray(differences.reshape(-1, 1).view(np.uint8).T).reshape(-1)


def unpack_shapes(packed: np.ndarray, step: float, vertices: int) -> np.ndarray:
    """(K, V, 3) float32 shapes of `pack_shapes`, V = `vertices`."""
    low, high = packed.reshape(2, -1, 3, vertices)
    shapes = np.empty((low.shape[0], vertices, 3), np.float32)
    # Shape by shape, so that what is between fits in the processor's cache.
    for shape, lower, upper in zip(shapes, low, high, strict=True):
        differences = (lower | (upper.astype(np.uint16) << 8)).view(np.int16)
        np.multiply(np.cumsum(differences, axis=1, dtype=np.int16), np.float32(step), out=shape.T)
    return shapes
