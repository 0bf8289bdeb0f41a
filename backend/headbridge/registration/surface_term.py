"""One side of the two-sided point-to-plane energy, linearised at the current closest points."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


class SurfaceTerm:
    """Sum over n of w_n (a_n . (R x)_n - ...)^2, as Gauss-Newton needs it.

    Parameters
    ----------
    rows : (N, V) sparse, barycentric weights of the moving points (single ones for vertices).
    offsets : (N, 3) mm, from the moving points to where they should go.
    directions : (N, 3) unit, the direction in which the distance counts (Chen and Medioni 1992).
    weights : (N,) mm^2, area times robust weight.
    """

    def __init__(self, rows: sp.csr_matrix, offsets: np.ndarray, directions: np.ndarray, weights: np.ndarray):
        self._rows = rows
        self._columns = rows.T.tocsr()
        self._directions = directions
        self._weights = weights
        along = np.einsum("nd,nd->n", directions, offsets)
        self.pull = self._columns @ ((weights * along)[:, None] * directions)

    def diagonal(self) -> np.ndarray:
        """(V,) the term's stiffness at every vertex, averaged over directions: a bound for the preconditioner."""
        return (self._columns @ self._weights) / 3.0

    def apply(self, step: np.ndarray) -> np.ndarray:
        """The term's Gauss-Newton matrix times a (V, 3) step."""
        along = np.einsum("nd,nd->n", self._directions, self._rows @ step)
        return self._columns @ ((self._weights * along)[:, None] * self._directions)


def selection(vertices: np.ndarray, count: int) -> sp.csr_matrix:
    """(N, count) matrix that picks `vertices`."""
    return sp.csr_matrix((np.ones(len(vertices)), vertices, np.arange(len(vertices) + 1)), shape=(len(vertices), count))
