"""How exactly points were placed, told from the points and the prior of the head."""

from __future__ import annotations

import numpy as np

from .gauss_newton import HeadProblem
from .posable import HeadState

# Millimetres, ascending: from rounding to points picked on a blurred scan.
_CANDIDATES = np.geomspace(0.01, 10.0, 121)


def likeliest_noise(problem: HeadProblem, state: HeadState) -> float:
    """The standard deviation (mm) of the points' coordinates under which they are likeliest: type II maximum
    likelihood (MacKay, "Bayesian interpolation", 1992), with the head linear around `state`.

    What has no prior (place, turn) is taken out of the points first."""
    points, jacobian = problem.linearised(state)
    root = np.repeat(np.sqrt(problem.weights), 3)
    precision = problem.precision[problem.free]
    given = precision > 0.0
    pull = problem.prior_pull(state)[problem.free]
    # The points as seen from the prior's middle.
    seen = root * ((problem.targets - points).reshape(-1) + jacobian[:, given] @ pull[given])
    shapes = root[:, None] * jacobian[:, given] / np.sqrt(precision[given])
    loose = root[:, None] * jacobian[:, ~given]
    # What is left beside the loose directions: the columns of an orthonormal complement.
    q, _ = np.linalg.qr(loose, mode="complete")
    rest = q[:, loose.shape[1] :]
    vectors, singular, _ = np.linalg.svd(rest.T @ shapes, full_matrices=True)
    variance = np.zeros(rest.shape[1])
    variance[: len(singular)] = singular**2
    squares = (vectors.T @ (rest.T @ seen)) ** 2
    total = variance[None] + _CANDIDATES[:, None] ** 2
    return float(_CANDIDATES[np.argmin((np.log(total) + squares[None] / total).sum(axis=1))])
