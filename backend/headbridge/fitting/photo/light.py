"""Light as spherical harmonics, as a fit sees it: its derivatives, its prior and its sign.

Light is (9, 3), coefficients of `render.lighting` for each of three colours; a surface's colour is albedo times shading.
"""

from __future__ import annotations

import numpy as np
import torch

from ...render import sh_basis
from ...render.lighting import SH_CONSTANTS

BANDS = 9
LIGHT_COUNT = 3 * BANDS
_CONSTANTS = np.array(SH_CONSTANTS)
_DEGREES = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2])
# Standard deviations of the shading that coefficients of a degree make, common to the colours and apart from it.
_COMMON_SIGMA, _COLOUR_SIGMA = np.array([0.35, 0.35, 0.18]), np.array([0.03, 0.08, 0.05])
# Photos are exposed for the face: what its front has on average is 1, up to this.
_EXPOSURE_SIGMA = 0.03
# Directions in which shading has to be positive, the least it should be, and how firmly.
_DIRECTIONS, _LEAST_SHADING, _SIGN_SIGMA = 128, 0.03, 0.01


def white_light() -> np.ndarray:
    """(9, 3) the same from all sides: shading is 1."""
    light = np.zeros((BANDS, 3))
    light[0] = 1.0 / _CONSTANTS[0]
    return light


def light_basis(normals: np.ndarray) -> np.ndarray:
    """(N, 9) basis at (N, 3) unit normals, in their precision."""
    return sh_basis(torch.from_numpy(np.ascontiguousarray(normals))).numpy()


def shading_slopes(normals: np.ndarray, light: np.ndarray) -> np.ndarray:
    """(N, 3, 3) derivatives of the shading's colours (rows) by the normal, at (N, 3) normals."""
    scaled = (light * _CONSTANTS[:, None]).astype(normals.dtype)
    linear = scaled[1:4].T
    # Shading is b . n + n^T Q n + constant; the last basis' 3 z^2 - 1 leaves its -1 to the constant.
    xy, xz, yz, difference, height = scaled[4:]
    quadratic = np.empty((3, 3, 3), normals.dtype)
    quadratic[:, 0] = np.stack([2.0 * difference, xy, xz], axis=1)
    quadratic[:, 1] = np.stack([xy, -2.0 * difference, yz], axis=1)
    quadratic[:, 2] = np.stack([xz, yz, 6.0 * height], axis=1)
    return linear[None] + np.einsum("cab,nb->nca", quadratic, normals, optimize=True)


def light_precision() -> np.ndarray:
    """(27, 27) inverse covariance of the prior about `white_light`, for coefficients in the order (9, 3).

    Light varies in direction and contrast much more than in colour or in what the camera makes of its strength."""
    common, colour = (sigma[_DEGREES] / _CONSTANTS for sigma in (_COMMON_SIGMA, _COLOUR_SIGMA))
    mean = np.full((3, 3), 1.0 / 3.0)
    precision = np.zeros((BANDS, 3, BANDS, 3))
    for band in range(BANDS):
        # Of the mean over the colours, and of the differences from it.
        precision[band, :, band] = mean / (3.0 * common[band] ** 2) + (np.eye(3) - mean) / colour[band] ** 2
    sphere = _fibonacci_sphere(_DIRECTIONS)
    front = np.maximum(sphere[:, 2], 0.0) @ light_basis(sphere) / np.maximum(sphere[:, 2], 0.0).sum()
    precision += np.einsum("a,b,cd->acbd", front, front, mean / (3.0 * _EXPOSURE_SIGMA**2))
    return precision.reshape(LIGHT_COUNT, LIGHT_COUNT)


class PositiveShading:
    """Holds shading above zero on the whole sphere: a quadratic penalty on what is below."""

    def __init__(self):
        self._basis = light_basis(_fibonacci_sphere(_DIRECTIONS))

    def normal_equations(self, light: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """H (27, 27), g (27,) = -half the gradient, and the cost at (9, 3) light."""
        below = np.minimum(self._basis @ light - _LEAST_SHADING, 0.0)
        hessian = np.zeros((BANDS, 3, BANDS, 3))
        for colour in range(3):
            rows = self._basis[below[:, colour] < 0.0]
            hessian[:, colour, :, colour] = rows.T @ rows / _SIGN_SIGMA**2
        gradient = -(self._basis.T @ below) / _SIGN_SIGMA**2
        return hessian.reshape(LIGHT_COUNT, LIGHT_COUNT), gradient.reshape(-1), self.cost(light)

    def cost(self, light: np.ndarray) -> float:
        return float((np.minimum(self._basis @ light - _LEAST_SHADING, 0.0) ** 2).sum()) / _SIGN_SIGMA**2


def _fibonacci_sphere(count: int) -> np.ndarray:
    """(count, 3) unit vectors, evenly spread."""
    index = np.arange(count) + 0.5
    height, angle = 1.0 - 2.0 * index / count, np.pi * (1.0 + 5.0**0.5) * index
    radius = np.sqrt(1.0 - height**2)
    return np.column_stack([radius * np.cos(angle), height, radius * np.sin(angle)])
