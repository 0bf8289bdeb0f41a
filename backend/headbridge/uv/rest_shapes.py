"""The shapes UV triangles should have where the layout is repaired."""

from __future__ import annotations

import numpy as np

from ..mesh.uv_layout import signed_areas

# A mapped triangle is taken for what the source's layout wants unless it is squeezed more than this against its shape
# in space: then it straddles something, such as the corner of the mouth.
_CREDIBLE = 12.0


def flattened(positions: np.ndarray) -> np.ndarray:
    """(T, 2, 2) the edge vectors p1 - p0, p2 - p0 (columns) of (T, 3, 3) triangles laid into the plane."""
    first, second = positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0]
    length = np.maximum(np.linalg.norm(first, axis=1), 1e-12)
    along = np.einsum("td,td->t", first, second) / length
    height = np.linalg.norm(np.cross(first, second), axis=1) / length
    out = np.zeros((len(positions), 2, 2))
    out[:, 0, 0], out[:, 0, 1], out[:, 1, 1] = length, along, height
    return out


def rest_shapes(
    uvs: np.ndarray, triangles: np.ndarray, positions: np.ndarray, matched: np.ndarray, inner: np.ndarray
) -> np.ndarray:
    """(T, 2, 2) wanted shapes: as mapped where that is credible, else as in space, at the scale of the surroundings.

    uvs : (N, 2) mapped, or embedded where nothing was; positions : (N, 3) of the points; matched : (T,) bool, triangles
    with a counterpart; inner : (T,) bool, triangles of inner parts, which keep the shape they were embedded in."""
    in_space = flattened(positions[triangles])
    corners = uvs[triangles]
    mapped = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=2)
    stretch = np.linalg.svd(mapped @ np.linalg.inv(_with_area(in_space)), compute_uv=False)
    upright = signed_areas(corners) > 0.0
    credible = matched & upright & (stretch[:, 0] < _CREDIBLE * stretch[:, 1])
    scale = np.sqrt(np.maximum(stretch.prod(axis=1), 1e-30))
    typical = np.median(scale[credible] if credible.any() else scale)
    local = _point_means(triangles, np.where(credible, scale, 0.0), credible, len(uvs), typical)
    kept = credible | (inner & upright)
    return np.where(kept[:, None, None], mapped, in_space * local[triangles].mean(axis=1)[:, None, None])


def _with_area(shapes: np.ndarray) -> np.ndarray:
    out = shapes.copy()
    out[:, 0, 0] = np.maximum(out[:, 0, 0], 1e-9)
    out[:, 1, 1] = np.maximum(out[:, 1, 1], 1e-6 * out[:, 0, 0])
    return out


def _point_means(triangles, values, chosen, count, otherwise) -> np.ndarray:
    total = np.bincount(triangles[chosen].reshape(-1), np.repeat(values[chosen], 3), minlength=count)
    times = np.bincount(triangles[chosen].reshape(-1), minlength=count)
    return np.where(times > 0, total / np.maximum(times, 1), otherwise)
