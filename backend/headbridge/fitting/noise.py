"""How exactly points were placed, told from the points themselves."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from .gauss_newton import HeadProblem
from .posable import HeadState

# Vertices within a patch of a mesh tend to be off together; about so many make one.
_PATCH = 60

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


def left_over(problem: HeadProblem, state: HeadState) -> float:
    """The standard deviation (mm) of a coordinate around the state.

    Far more coordinates than unknowns: what these take away from the spread does not count."""
    return float(np.sqrt(problem.data_cost(state) / (3.0 * max(problem.weights.sum(), 1e-300))))


def cells(template: np.ndarray, size: int) -> np.ndarray:
    """(N,) int, which of the cells of about `size` neighbours each of (N, 3) vertices belongs to."""
    centres = template[:: min(size, len(template))]
    return cKDTree(centres).query(template)[1]


def patches(template: np.ndarray) -> np.ndarray:
    """(N,) int, which of the patches that tend to be off together each of (N, 3) vertices belongs to."""
    return cells(template, _PATCH)


def joint_noise(problem: HeadProblem, state: HeadState, patch: np.ndarray) -> float:
    """What the noise would be (mm) if every vertex were off by itself.

    A mesh's errors are those of its shape: neighbours are off together and say the same thing many times over. The
    factor is the design effect of samples drawn in clusters (Kish, "Survey sampling", 1965): patch size times the
    share of the variance between patches. 1 for independent errors."""
    off = problem.points(state) - problem.targets
    sizes = np.bincount(patch, problem.weights)
    sums = np.stack([np.bincount(patch, problem.weights * off[:, k]) for k in range(3)], axis=1)
    between = float((sums**2).sum(axis=1) @ (1.0 / np.maximum(sizes, 1e-12)))
    within = float(problem.weights @ (off**2).sum(axis=1))
    size = float(sizes @ sizes / sizes.sum())
    effect = np.clip(size * between / max(within, 1e-300), 1.0, max(size, 1.0))
    return left_over(problem, state) * float(np.sqrt(effect))
