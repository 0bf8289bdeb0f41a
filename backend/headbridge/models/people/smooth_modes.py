"""Smooth displacements beyond the principal components of all people, made where they are needed from a small recipe."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ...topologies import load_topology
from ...topologies.builtin import asset_path
from ..linear import head_model


@dataclass(frozen=True, eq=False)
class SmoothModes:
    """N modes as sums of Gaussian kernels, less what the K principal components and motions say of them.

    centres : (C, 3) mm in the frame of HACK's mean head, on its left half. widths, sizes : (L,) of the kernels, mm.
    even : (N,) bool, whether symmetric. weights : (N, 3, C) of the kernels, by axis. explained : (N, K), motion : (N, 7),
    what is taken off. variances : (N,) mean squared mm over the weighted head, falling. flame_rotation (3, 3),
    flame_translation (3,) : from HACK's frame to where FLAME's topology has the mean head."""

    centres: np.ndarray
    widths: np.ndarray
    sizes: np.ndarray
    even: np.ndarray
    weights: np.ndarray
    explained: np.ndarray
    motion: np.ndarray
    variances: np.ndarray
    flame_rotation: np.ndarray
    flame_translation: np.ndarray

    def at(self, points: np.ndarray, components: np.ndarray) -> np.ndarray:
        """(N, V, 3) float32 displacements at one standard deviation of (V, 3) points of the mean head in HACK's frame,
        whose principal components move them by (K, V, 3)."""
        points = points.astype(np.float32)
        evenly, unevenly = kernels(points, self.centres.astype(np.float32), self.widths, self.sizes)
        taken = np.concatenate([self.explained, self.motion], axis=1).astype(np.float32)
        known = np.concatenate([components, motions(points)], dtype=np.float32).reshape(taken.shape[1], -1)
        modes = -(taken @ known).reshape(-1, *points.shape)
        for axis in range(3):
            for even in (True, False):
                # The mirror image of a displacement turns x around.
                kernel = evenly if even == (axis > 0) else unevenly
                chosen = self.even == even
                modes[chosen, :, axis] += self.weights[chosen, axis].astype(np.float32) @ kernel.T
        return modes


def kernels(
    points: np.ndarray, centres: np.ndarray, widths: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Two (V, C) sums of Gaussians of (V, 3) points about (C, 3) centres, and about their mirror images: added, and
    subtracted."""
    mirrored = centres * np.array([-1.0, 1.0, 1.0], centres.dtype)
    near, far = (_gaussians(points, side, widths, sizes) for side in (centres, mirrored))
    return near + far, near - far


def motions(points: np.ndarray) -> np.ndarray:
    """(7, V, 3) shifts, turns and growth of (V, 3) points, as displacements of about a millimetre."""
    axes = np.eye(3)
    shifts = [np.broadcast_to(axis, points.shape) for axis in axes]
    return np.stack([*shifts, *(np.cross(axis, points) / 100.0 for axis in axes), points / 100.0])


def _gaussians(points: np.ndarray, centres: np.ndarray, widths: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    squared = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1) - 2.0 * points @ centres.T
    scales = zip(widths.tolist(), sizes.tolist())
    return sum(size**2 * np.exp(np.maximum(squared, 0.0) * (-0.5 / width**2)) for width, size in scales)


def smooth_modes_on(key: str) -> np.ndarray:
    """(N, V, 3) float32, mm, the shipped modes in the topology "flame", "hack" or "ict". Eyeballs stay spheres: each
    moves as its middle does."""
    modes, model, regions = load_smooth_modes(), head_model(key), load_topology(key).regions
    components = model.basis[~model.is_expression]
    points = model.mean.copy()
    for side in ("left_eyeball", "right_eyeball"):
        if side in regions:
            points[regions[side]] = points[regions[side]].mean(axis=0)
    if key != "flame":
        return modes.at(points, components)
    turn = modes.flame_rotation.astype(np.float32)
    return modes.at((points - modes.flame_translation) @ modes.flame_rotation, components @ turn) @ turn.T


@cache
def load_smooth_modes() -> SmoothModes:
    """The shipped modes; shared and read-only."""
    with np.load(asset_path("people_smooth.npz"), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in SmoothModes.__dataclass_fields__}
    for array in arrays.values():
        array.setflags(write=False)
    return SmoothModes(**arrays)
