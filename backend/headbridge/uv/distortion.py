"""How far a planar triangle map is from an isometry: energy densities of the Jacobian, with closed-form derivatives.

A Jacobian is held as two complex numbers: the map of a triangle is q = z p + w conj(p) up to a shift, with z its
similarity part and w its mirrored part, so that det J = |z|^2 - |w|^2 and |J|^2 = 2 (|z|^2 + |w|^2). An isotropic density
depends on |z| and |w| only, which gives its Hessian's eigensystem in closed form (after Smith, De Goes, Kim 2019,
"Analytic eigensystems for isotropic distortion energies").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Density:
    """A density's values and derivatives over T Jacobians, as a function of a = |J|^2 (linear) and d = det J."""

    value: np.ndarray
    by_a: np.ndarray
    by_d: np.ndarray
    by_a_d: np.ndarray
    by_d_d: np.ndarray


def symmetric_dirichlet(a: np.ndarray, d: np.ndarray) -> Density:
    """(|J|^2 + |J^-1|^2) / 4 - 1 of (T,) squared norms and (T,) positive determinants: 0 for a rotation, and a barrier,
    growing beyond all bounds as d tends to 0 (Smith and Schaefer 2015, "Bijective parameterization with free
    boundaries")."""
    inverse = 1.0 / d
    square = inverse * inverse
    return Density(
        value=0.25 * a * (1.0 + square) - 1.0,
        by_a=0.25 * (1.0 + square),
        by_d=-0.5 * a * square * inverse,
        by_a_d=-0.5 * square * inverse,
        by_d_d=1.5 * a * square * square,
    )


def foldover_free(epsilon: np.ndarray) -> Callable[[np.ndarray, np.ndarray], Density]:
    """The density (|J|^2 / 2 + (1 + d^2) / 2) / (2 chi(d)) - 1 with chi(d) = (d + sqrt(epsilon^2 + d^2)) / 2, finite for
    folded triangles too (Garanzha et al. 2021, "Foldover-free maps in 50 lines of code").

    epsilon : (T,) positive regularisation of every triangle; as it tends to 0, folds become infinitely costly.
    """

    def density(a: np.ndarray, d: np.ndarray) -> Density:
        chi = regularised(d, epsilon)
        root = np.sqrt(epsilon * epsilon + d * d)
        slope = chi / root
        curvature = 0.5 * epsilon * epsilon / (root * root * root)
        numerator = 0.25 * (a + 1.0 + d * d)
        inverse = 1.0 / chi
        falling = slope * inverse * inverse
        return Density(
            value=numerator * inverse - 1.0,
            by_a=0.25 * inverse,
            by_d=0.5 * d * inverse - numerator * falling,
            by_a_d=-0.25 * falling,
            by_d_d=0.5 * inverse
            - d * falling
            + numerator * (2.0 * slope * falling * inverse - curvature * inverse * inverse),
        )

    return density


def regularised(d: np.ndarray, epsilon: np.ndarray) -> np.ndarray:
    """chi(d) = (d + sqrt(epsilon^2 + d^2)) / 2 without cancellation: positive, close to d where that is large."""
    root = np.sqrt(epsilon * epsilon + d * d)
    return np.where(d > 0.0, 0.5 * (d + root), 0.5 * epsilon * epsilon / (root - np.minimum(d, 0.0)))


@dataclass(frozen=True)
class JacobianHessian:
    """A real quadratic form in (z, w), as the real-linear map from steps (dz, dw) to gradients:

    G_z = z_z dz + z_conj conj(dz) + z_w dw + mixed conj(dw),  G_w = w_w dw + w_conj conj(dw) + conj(z_w) dz + mixed conj(dz)
    """

    z_z: np.ndarray
    z_conj: np.ndarray
    w_w: np.ndarray
    w_conj: np.ndarray
    z_w: np.ndarray
    mixed: np.ndarray


def jacobian_gradient(density: Density, z: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The density's gradient by z and by w, each (T,) complex (real part: derivative by the real part)."""
    return (4.0 * density.by_a + 2.0 * density.by_d) * z, (4.0 * density.by_a - 2.0 * density.by_d) * w


def jacobian_hessian(density: Density, z: np.ndarray, w: np.ndarray, project: bool = True) -> JacobianHessian:
    """The density's Hessian; with `project`, the nearest positive semidefinite one (negative eigenvalues set to 0).

    Across their directions z and w turn with eigenvalues of their own; along them a 2 x 2 block couples |z| and |w|.
    """
    r, s = np.abs(z), np.abs(w)
    around_z = 4.0 * density.by_a + 2.0 * density.by_d
    around_w = 4.0 * density.by_a - 2.0 * density.by_d
    along_z = around_z + r * r * (16.0 * density.by_a_d + 4.0 * density.by_d_d)
    along_w = around_w + s * s * (4.0 * density.by_d_d - 16.0 * density.by_a_d)
    coupling = -4.0 * r * s * density.by_d_d
    if project:
        around_z, around_w = np.maximum(around_z, 0.0), np.maximum(around_w, 0.0)
        along_z, along_w, coupling = _semidefinite(along_z, along_w, coupling)
    z_direction = np.divide(z, r, out=np.ones_like(z), where=r > 0.0)
    w_direction = np.divide(w, s, out=np.ones_like(w), where=s > 0.0)
    return JacobianHessian(
        z_z=0.5 * (along_z + around_z),
        z_conj=0.5 * (along_z - around_z) * z_direction * z_direction,
        w_w=0.5 * (along_w + around_w),
        w_conj=0.5 * (along_w - around_w) * w_direction * w_direction,
        z_w=0.5 * coupling * z_direction * w_direction.conj(),
        mixed=0.5 * coupling * z_direction * w_direction,
    )


def _semidefinite(first: np.ndarray, second: np.ndarray, off: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The symmetric 2 x 2 matrices [[first, off], [off, second]] with their negative eigenvalues set to 0."""
    mean, half = 0.5 * (first + second), 0.5 * (first - second)
    radius = np.hypot(half, off)
    high, low = np.maximum(mean + radius, 0.0), np.maximum(mean - radius, 0.0)
    middle = 0.5 * (high + low)
    stretch = np.divide(0.5 * (high - low), radius, out=np.zeros_like(radius), where=radius > 0.0)
    return middle + stretch * half, middle - stretch * half, stretch * off
