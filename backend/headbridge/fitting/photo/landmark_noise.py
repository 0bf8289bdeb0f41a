"""How far detected landmarks lie from the places of the skin that they mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class LandmarkNoise:
    """Gaussian noise of N points in a picture, pixels^2; the independent part has heavy tails.

    correlated : (2N, 2N), what neighbours share. independent : (N,), variance of a coordinate. Coordinates alternate
    x, y.
    """

    correlated: np.ndarray
    independent: np.ndarray

    def covariance(self, weights: np.ndarray) -> np.ndarray:
        """(2N, 2N) when each of the points' own noise is 1 / sqrt(weights) times as large."""
        covariance = self.correlated.copy()
        own = np.repeat(self.independent / np.maximum(weights, 1e-6), 2)
        covariance[np.diag_indices_from(covariance)] += own
        return covariance


# Shares of the outer-eye distance: what a detector's neighbouring points are off together and apart, and how far
# neighbours reach.
_SHARED, _OWN, _REACH = 0.013, 0.008, 0.3


def smooth_noise(rest: np.ndarray, size_mm: float, size_pixels: float, spread: np.ndarray) -> LandmarkNoise:
    """Noise shared by neighbours of (N, 3) points of a head at rest, mm.

    size_mm, size_pixels : the outer-eye distance at rest and in the picture. spread : (N,) how far each point is off
    compared to others."""
    apart = np.linalg.norm(rest[:, None] - rest[None], axis=2) / size_mm
    kernel = np.exp(-0.5 * (apart / _REACH) ** 2) * np.outer(spread, spread)
    shared = (_SHARED * size_pixels) ** 2 * kernel
    return LandmarkNoise(np.kron(shared, np.eye(2)), (_OWN * size_pixels * spread) ** 2)
