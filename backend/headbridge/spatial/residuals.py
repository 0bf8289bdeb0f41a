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


# Tukey's curve ends where Welsch's is all but flat: both have the same half width at the same reach.
_BIWEIGHT_END = 1.3


def biweight(distances: np.ndarray, reach: float) -> np.ndarray:
    """Tukey's robust weight of (N,) distances: 1 at 0, a sixth at the reach, and smoothly 0 from 1.3 times the reach on, so
    that no point drops out with a jump."""
    return np.clip(1.0 - (distances / (_BIWEIGHT_END * reach)) ** 2, 0.0, None) ** 2


def agreement(cosines: np.ndarray, least: float) -> np.ndarray:
    """(N,) weight of pairs whose normals have these cosines: 0 up to `least` - 0.2, 1 from `least` + 0.2 on, smooth between."""
    share = np.clip((cosines - least + 0.2) / 0.4, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
