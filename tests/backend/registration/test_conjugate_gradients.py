from __future__ import annotations

import numpy as np
import pytest

from headbridge.registration.conjugate_gradients import preconditioned_conjugate_gradients


@pytest.fixture
def system():
    """A dense symmetric positive definite matrix with a wide spectrum, and a right-hand side (30, 3)."""
    rng = np.random.default_rng(2)
    basis, _ = np.linalg.qr(rng.normal(size=(30, 30)))
    return (basis * np.geomspace(1e-2, 1e2, 30)) @ basis.T, rng.normal(size=(30, 3))


def test_solved_to_the_end_it_is_the_dense_solution(system):
    matrix, right = system
    diagonal = np.diag(matrix)[:, None]
    y = preconditioned_conjugate_gradients(
        lambda v: matrix @ v, lambda r: r / diagonal, right, tolerance=1e-12, limit=300
    )
    np.testing.assert_allclose(y, np.linalg.solve(matrix, right), rtol=1e-6, atol=1e-8)


def test_the_exact_inverse_as_preconditioner_takes_one_step(system):
    matrix, right = system
    inverse = np.linalg.inv(matrix)
    calls = []

    def operate(v):
        calls.append(1)
        return matrix @ v

    y = preconditioned_conjugate_gradients(operate, lambda r: inverse @ r, right, tolerance=1e-6, limit=50)
    assert len(calls) == 1
    np.testing.assert_allclose(y, inverse @ right, rtol=1e-8)


def test_every_step_lowers_the_error_in_the_energy_norm(system):
    matrix, right = system
    exact = np.linalg.solve(matrix, right)
    errors = []
    for limit in range(8):
        y = preconditioned_conjugate_gradients(lambda v: matrix @ v, np.copy, right, tolerance=0.0, limit=limit)
        errors.append(np.vdot(y - exact, matrix @ (y - exact)))
    assert (np.diff(errors) < 0).all()


def test_it_stops_when_the_residual_has_shrunk_as_asked(system):
    matrix, right = system
    y = preconditioned_conjugate_gradients(lambda v: matrix @ v, np.copy, right, tolerance=0.1, limit=300)
    shrunk = np.linalg.norm(right - matrix @ y) / np.linalg.norm(right)
    assert 1e-3 < shrunk <= 0.1


def test_nothing_to_do_gives_zero(system):
    matrix, right = system
    y = preconditioned_conjugate_gradients(lambda v: matrix @ v, np.copy, np.zeros_like(right))
    np.testing.assert_array_equal(y, 0.0)
