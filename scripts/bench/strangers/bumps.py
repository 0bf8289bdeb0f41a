"""Smooth displacements that no head model knows."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from headbridge.mesh.normals import normalized, vertex_areas, vertex_normals

_WAVES = 32
_NORMAL_WIDTH = 12.0


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
    """(V, 3) unit normals, Gaussian averages of that width of the skin's normals, by area."""
    outer = triangles[skin[triangles].all(axis=1)]
    used = np.unique(outer)
    normals = vertex_normals(vertices, outer)[used] * vertex_areas(vertices, outer)[used, None]
    distances = cKDTree(vertices).sparse_distance_matrix(cKDTree(vertices[used]), 3.0 * width, output_type="coo_matrix")
    weights = distances.tocsr()
    weights.data = np.exp(-0.5 * (weights.data / width) ** 2)
    sums = weights @ normals
    # Deep inside the mouth no skin may be near: what lies there stays where it is.
    return np.where(np.linalg.norm(sums, axis=1, keepdims=True) > 0.0, normalized(sums), 0.0)
