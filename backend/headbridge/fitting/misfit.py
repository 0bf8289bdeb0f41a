"""What a head model cannot say of a mesh, as a correlated field: how large it is, and how far it reaches.

A person's shape beyond the model's span, and the slides of a registration, move neighbours together. Taken for
independent errors, thousands of vertices say the same thing, and the coefficients (expressions first) bend to explain
it. Here the misfit of a vertex is a Gaussian field over the head plus independent noise, and data are weighed by the
covariance of the two (generalised least squares; Rasmussen and Williams, "Gaussian processes for machine learning",
2006, ch. 2, 4 and 5: the field is a Matern field of order 3/2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.linalg import solve_triangular
from scipy.spatial.distance import cdist

from .gauss_newton import HeadProblem
from .noise import cells
from .posable import HeadState

# About so many cells of neighbouring vertices stand for the mesh.
_CELLS = 700
# Reach of the field (mm), and variance of a vertex's own noise against the field's.
_LENGTHS = (4.0, 7.0, 12.0, 20.0, 33.0)
_OWN_NOISE = (0.1, 1.0, 10.0)
# The field's standard deviation (mm).
_SIZES = np.geomspace(0.003, 20.0, 177)
# Place and turn have no prior; this one, around where they are, says next to nothing (1 / mm^2, 1 / radian^2).
_LOOSE_PRECISION = 1e-2
# Directions whose share of the greatest variance is less are rounding.
_SMALLEST = 1e-13


@dataclass(frozen=True, eq=False)
class Misfit:
    """size : standard deviation of a coordinate (mm). length : how far the field reaches (mm), 0 where there is only
    independent noise. factor : (N, N) lower Cholesky factor of the correlations of the N cells."""

    size: float
    length: float
    factor: np.ndarray


def cell_problem(problem: HeadProblem) -> tuple[HeadProblem, np.ndarray]:
    """The same problem with the weighted means of N cells of neighbouring vertices as its points, whose weights are
    those of their vertices together; and (N,) how many vertices these are."""
    cell = cells(problem.head.template, max(len(problem.targets) // _CELLS, 1))
    weights = np.bincount(cell, problem.weights)
    kept = weights > 0.0
    rows = sp.csr_matrix((problem.weights, (cell, np.arange(len(cell)))), shape=(len(weights), len(cell)))[kept]
    rows = sp.diags(1.0 / weights[kept]) @ rows
    averaged = replace(problem, rows=rows.tocsr(), targets=rows @ problem.targets, weights=weights[kept])
    return averaged, np.bincount(cell)[kept]


def likeliest_misfit(problem: HeadProblem, counts: np.ndarray, state: HeadState) -> Misfit:
    """The field under which the N points of a problem of cells are likeliest, whatever the coefficients are (type II
    maximum likelihood; MacKay, "Bayesian interpolation", 1992), with the head linear around `state`.

    counts : (N,) how many vertices each point stands for. The size is what a maximum over all coefficients of the
    prior leaves, so that what many coefficients take out of the residuals does not make the field look small."""
    evidence = _Evidence(problem, state)
    # A cell whose vertices count little says little of the field too.
    trust = np.sqrt(np.minimum(problem.weights / counts, 1.0))
    distance = cdist(evidence.places, evidence.places)
    own = np.diag(1.0 / problem.weights)
    best = (*evidence.of(np.linalg.cholesky(own)), 0.0, own)
    for length in _LENGTHS:
        field = _matern(distance / length) / np.outer(trust, trust)
        for ratio in _OWN_NOISE:
            correlation = field + ratio * own
            cost, size = evidence.of(np.linalg.cholesky(correlation))
            if cost < best[0]:
                best = (cost, size, length, correlation)
    cost, size, length, correlation = best
    return Misfit(size, length, np.linalg.cholesky(correlation))


def _matern(distance: np.ndarray) -> np.ndarray:
    """Correlation at distances in units of the reach."""
    scaled = np.sqrt(3.0) * distance
    return (1.0 + scaled) * np.exp(-scaled)


class _Evidence:
    """-2 log of the probability density of the points, for any correlation of their misfit."""

    def __init__(self, problem: HeadProblem, state: HeadState):
        points, jacobian = problem.linearised(state)
        self.places = points
        precision = problem.precision[problem.free]
        pull = np.where(precision > 0.0, problem.prior_pull(state)[problem.free], 0.0)
        precision = np.maximum(precision, _LOOSE_PRECISION)
        # The points as seen from the prior's middle.
        self._seen = problem.targets - points + (jacobian @ pull).reshape(points.shape)
        self._shapes = (jacobian / np.sqrt(precision)).reshape(len(points), -1)

    def of(self, factor: np.ndarray) -> tuple[float, float]:
        """The least value over all sizes, and the size (mm) it has; factor : lower Cholesky factor of the
        correlation."""
        count = len(factor)
        seen = solve_triangular(factor, self._seen, lower=True, check_finite=False).reshape(-1)
        shapes = solve_triangular(factor, self._shapes, lower=True, check_finite=False).reshape(3 * count, -1)
        values, vectors = np.linalg.eigh(shapes.T @ shapes)
        values, vectors = values[values > _SMALLEST * values[-1]], vectors[:, values > _SMALLEST * values[-1]]
        # An orthonormal basis of what the coefficients can say, and what is left beside it.
        basis = shapes @ (vectors / np.sqrt(values))
        along = basis.T @ seen
        rest = seen - basis @ along
        variance = _SIZES[:, None] ** 2
        cost = (
            (3 * count - len(values)) * np.log(variance[:, 0])
            + (rest @ rest) / variance[:, 0]
            + (np.log(values + variance) + along**2 / (values + variance)).sum(axis=1)
            + 6.0 * np.log(np.diagonal(factor)).sum()
        )
        best = int(np.argmin(cost))
        return float(cost[best]), float(_SIZES[best])
