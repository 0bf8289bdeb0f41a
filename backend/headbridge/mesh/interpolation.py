"""Values at points of a surface from values at its vertices."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def barycentric_rows(corners: np.ndarray, weights: np.ndarray, count: int) -> sp.csr_matrix:
    """(N, count) matrix of points with (N, 3) barycentric `weights` on the vertices `corners` (N, 3), in the weights'
    type."""
    starts = np.arange(0, 3 * len(corners) + 1, 3)
    return sp.csr_matrix((weights.ravel(), corners.ravel(), starts), shape=(len(corners), count))
