"""Steps within limits, solved for as a whole and group by group."""

import numpy as np
import pytest

from headbridge.linalg.bounded_step import bounded_step


def grouped_problem(seed: int):
    """(U, U) positive definite with groups that meet only through the first unknowns, (U,) and (U,)."""
    random = np.random.default_rng(seed)
    groups = np.repeat([-1, 0, 1, 2], [5, 4, 6, 3])
    rows = random.normal(size=(60, len(groups)))
    of = random.integers(0, 3, 60)
    rows[(groups[None] >= 0) & (groups[None] != of[:, None])] = 0.0
    return rows.T @ rows + 0.1 * np.eye(len(groups)), random.normal(size=len(groups)), groups


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limit", [np.inf, 0.02])
def test_groups_change_nothing_but_the_time(seed, limit):
    hessian, gradient, groups = grouped_problem(seed)
    room = np.full((2, len(gradient)), limit) * [[-1.0], [1.0]]
    whole = bounded_step(hessian, gradient, 1e-3, room)
    assert np.allclose(bounded_step(hessian, gradient, 1e-3, room, groups), whole, rtol=1e-9, atol=1e-12)
    if np.isinf(limit):
        damped = hessian + 1e-3 * np.diag(np.diagonal(hessian))
        assert np.allclose(damped @ whole, gradient, atol=1e-9)
    else:
        assert np.abs(whole).max() <= limit
