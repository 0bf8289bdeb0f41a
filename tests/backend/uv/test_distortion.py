"""Energy densities against their definitions by singular values, and their derivatives against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.uv.distortion import (
    foldover_free,
    jacobian_gradient,
    jacobian_hessian,
    regularised,
    symmetric_dirichlet,
)


def parts(count: int, mirrored: float, seed: int = 0):
    """Random similarity and mirrored parts; a `mirrored` above 1 makes some of the Jacobians fold."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(0.5, 1.5, count) * np.exp(1j * rng.uniform(0, 7, count))
    w = rng.uniform(0.0, mirrored, count) * np.abs(z) * np.exp(1j * rng.uniform(0, 7, count))
    return z, w


def norm_and_determinant(z, w):
    return 2.0 * (np.abs(z) ** 2 + np.abs(w) ** 2), np.abs(z) ** 2 - np.abs(w) ** 2


def as_matrices(z, w):
    """J with J p = z p + w conj(p)."""
    return np.array([[z.real + w.real, w.imag - z.imag], [z.imag + w.imag, z.real - w.real]]).transpose(2, 0, 1)


EPSILON = np.full(40, 0.3)
CASES = pytest.mark.parametrize("density, mirrored", [(symmetric_dirichlet, 0.9), (foldover_free(EPSILON), 2.0)])


def test_symmetric_dirichlet_is_the_norm_of_jacobian_and_inverse():
    z, w = parts(40, 0.9)
    jacobians = as_matrices(z, w)
    a, d = norm_and_determinant(z, w)
    np.testing.assert_allclose(np.linalg.det(jacobians), d)
    stretches = np.linalg.svd(jacobians, compute_uv=False)
    expected = (stretches**2 + stretches**-2.0).sum(axis=1) / 4.0 - 1.0
    np.testing.assert_allclose(symmetric_dirichlet(a, d).value, expected, atol=1e-12)


def test_rotations_cost_nothing():
    ones = np.ones(3)
    assert symmetric_dirichlet(2.0 * ones, ones).value == pytest.approx(0.0)
    assert foldover_free(1e-9 * ones)(2.0 * ones, ones).value == pytest.approx(0.0)


def test_regularised_determinants_are_positive_and_exact():
    d = np.array([-1e8, -1.0, 0.0, 1.0, 1e8])
    chi = regularised(d, np.full(5, 1e-3))
    np.testing.assert_allclose(chi, [2.5e-15, 2.5e-7, 5e-4, 1.0, 1e8], rtol=1e-6)


@CASES
def test_gradient_is_the_finite_difference(density, mirrored):
    z, w = parts(40, mirrored)
    by_z, by_w = jacobian_gradient(density(*norm_and_determinant(z, w)), z, w)
    step = 1e-6
    for along in (1.0, 1j):
        for gradient, dz, dw in ((by_z, along, 0.0), (by_w, 0.0, along)):
            ahead, behind = (
                density(*norm_and_determinant(z + sign * step * dz, w + sign * step * dw)).value for sign in (1, -1)
            )
            np.testing.assert_allclose(
                (gradient * np.conj(along)).real, (ahead - behind) / (2 * step), rtol=1e-4, atol=1e-5
            )


def as_matrix(hessian, number):
    """The (4, 4) matrix over (re z, im z, re w, im w) of one Jacobian's Hessian."""
    columns = []
    for dz, dw in ((1, 0), (1j, 0), (0, 1), (0, 1j)):
        dz, dw = complex(dz), complex(dw)
        by_z = hessian.z_z * dz + hessian.z_conj * np.conj(dz) + hessian.z_w * dw + hessian.mixed * np.conj(dw)
        by_w = hessian.w_w * dw + hessian.w_conj * np.conj(dw) + hessian.z_w.conj() * dz + hessian.mixed * np.conj(dz)
        columns.append([by_z[number].real, by_z[number].imag, by_w[number].real, by_w[number].imag])
    return np.array(columns).T


@CASES
def test_projection_sets_negative_eigenvalues_to_zero(density, mirrored):
    z, w = parts(40, mirrored)
    values = density(*norm_and_determinant(z, w))
    full, projected = jacobian_hessian(values, z, w, project=False), jacobian_hessian(values, z, w)
    indefinite = 0
    for number in range(40):
        matrix = as_matrix(full, number)
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-9 * np.abs(matrix).max())
        eigenvalues, vectors = np.linalg.eigh(matrix)
        expected = (vectors * np.maximum(eigenvalues, 0.0)) @ vectors.T
        np.testing.assert_allclose(as_matrix(projected, number), expected, atol=1e-9 * np.abs(matrix).max())
        indefinite += eigenvalues[0] < -1e-6
    assert indefinite > 10
