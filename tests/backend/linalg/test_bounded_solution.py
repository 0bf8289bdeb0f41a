"""Bounded quadratic problems, against SciPy's bounded least squares."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from headbridge.linalg.bounded_step import bounded_solution


@pytest.mark.parametrize("seed", range(5))
def test_it_is_nearly_scipys_solution(seed):
    rng = np.random.default_rng(seed)
    rows, wanted = rng.standard_normal((40, 9)), rng.standard_normal(40)
    room = np.stack([np.r_[np.full(6, -0.1), np.full(3, -np.inf)], np.r_[np.full(6, 0.3), np.full(3, np.inf)]])
    found = bounded_solution(rows.T @ rows, rows.T @ wanted, room)
    truth = lsq_linear(rows, wanted, (room[0], room[1]), method="bvls")
    assert (found >= room[0]).all() and (found <= room[1]).all()
    # A set that only grows may hold one unknown too many.
    assert 0.5 * np.sum((rows @ found - wanted) ** 2) <= 1.01 * truth.cost


def test_without_bounds_in_the_way_it_is_the_free_solution():
    rng = np.random.default_rng(9)
    rows = rng.standard_normal((30, 5))
    matrix, right = rows.T @ rows, rng.standard_normal(5)
    found = bounded_solution(matrix, right, np.stack([np.full(5, -100.0), np.full(5, 100.0)]))
    np.testing.assert_allclose(found, np.linalg.solve(matrix, right), rtol=1e-10)


def test_what_is_given_stays():
    found = bounded_solution(
        np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([1.0, 1.0]), np.array([[0.25, -9.0], [0.25, 9.0]])
    )
    np.testing.assert_allclose(found, [0.25, 0.375])
