"""Smooth displacements that no head model knows."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from headbridge.mesh.normals import normalized, triangle_cross

_WAVES = 32
_NORMAL_WIDTH = 12.0
_SAMPLES, _BLOCK = 3000, 2000
_LEAST = 1e-3


def bumps(
    vertices: np.ndarray, triangles: np.ndarray, skin: np.ndarray, height: float, wavelength: float, seed: int
) -> np.ndarray:
    """(V, 3) displacements along the surface's smoothed normals, a sum of plane waves of one wavelength.

    height : amplitude, sqrt(2) times the root mean square over the skin, in the vertices' unit (millimetres).
    The normals are averages over 12 mm of the skin (V,) bool, so that lips and lids move together and do not cross.
    """
    rng = np.random.default_rng([seed, 40])
    directions = normalized(rng.normal(size=(_WAVES, 3)))
    phases = rng.uniform(0.0, 2.0 * np.pi, _WAVES)
    field = np.sin((2.0 * np.pi / wavelength) * vertices @ directions.T + phases).sum(axis=1)
    field *= height / (np.sqrt(2.0) * np.sqrt((field[skin] ** 2).mean()))
    return field[:, None] * smoothed_normals(vertices, triangles, skin, _NORMAL_WIDTH)


def smoothed_normals(vertices: np.ndarray, triangles: np.ndarray, skin: np.ndarray, width: float) -> np.ndarray:
    """(V, 3) unit normals, Gaussian averages of that width of the skin's normals at points
    spread evenly over its area."""
    outer = triangles[skin[triangles].all(axis=1)]
    areas = 0.5 * np.linalg.norm(triangle_cross(vertices, outer), axis=1)
    rng = np.random.default_rng(0)
    chosen = outer[rng.choice(len(outer), _SAMPLES, p=areas / areas.sum())]
    normals, places = normalized(triangle_cross(vertices, chosen)), vertices[chosen].mean(axis=1)
    sums = np.concatenate(
        [
            np.exp(-0.5 * cdist(block, places, "sqeuclidean") / width**2) @ normals
            for block in np.array_split(vertices, -(-len(vertices) // _BLOCK))
        ]
    )
    # Deep inside the mouth no skin may be near: what lies there stays where it is.
    return np.where(np.linalg.norm(sums, axis=1, keepdims=True) > _LEAST, normalized(sums), 0.0)
