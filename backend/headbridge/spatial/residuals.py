"""Residuals of point-to-surface distances: their directions and robust weights."""

from __future__ import annotations

import numpy as np


def distance_gradients(offset: np.ndarray, distances: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(N, 3) unit directions in which the distance to the surface shrinks: along the (N, 3) offsets to the closest
    points, or the surface normals where they touch. Right also at edges and borders, where a face normal is not."""
    return np.where((distances > 1e-4)[:, None], offset / np.maximum(distances, 1e-12)[:, None], normals)


def welsch(distances: np.ndarray, reach: float) -> np.ndarray:
    """Robust weight of (N,) distances that fades to exp(-2) at the reach."""
    return np.exp(-2.0 * (distances / reach) ** 2)
