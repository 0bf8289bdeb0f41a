"""Extending values known on part of a surface smoothly over the rest."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..linalg.cholesky import SparseCholesky
from ..mesh.laplacian import cotangent_laplacian, thin_plate

# Weights below this move nothing by a micrometre.
_NEGLIGIBLE = 1e-7


def smooth_extension(
    vertices: np.ndarray, triangles: np.ndarray, known: np.ndarray, tension: float = 0.0
) -> sp.csr_matrix:
    """(V, V) matrix E: E @ values keeps the values of known vertices and bends as little as possible elsewhere.

    known : (V,) bool. Every unknown vertex must hang together with known ones; unused vertices count as known.
    tension : membrane energy mixed into the thin plate's, per square unit of length; pulls a free end towards the
        values at its root, which a plate alone would continue along their slope. The columns of unknown vertices are
        zero, so that what is stored there has no effect; rows sum to 1.
    """
    laplacian = cotangent_laplacian(vertices, triangles)
    bending, _ = thin_plate(vertices, triangles, laplacian)
    energy = (bending + tension * laplacian).tocsr()
    free, fixed = np.flatnonzero(~known), np.flatnonzero(known)
    count = len(vertices)
    identity = sp.csr_matrix((np.ones(len(fixed)), (fixed, fixed)), shape=(count, count))
    if not len(free):
        return identity
    coupling = energy[free][:, fixed]
    near = np.unique(coupling.indices)
    weights = -SparseCholesky(energy[free][:, free]).solve(coupling[:, near].toarray())
    weights[np.abs(weights) < _NEGLIGIBLE] = 0.0
    rows, columns = np.nonzero(weights)
    follow = sp.csr_matrix((weights[rows, columns], (free[rows], fixed[near[columns]])), shape=(count, count))
    return (identity + follow).tocsr()
