"""Smooth random motions of FLAME's skin: what a field over it is before anything is seen of it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.sparse as sp

from ...linalg.cholesky import SparseCholesky
from ...mesh.laplacian import cotangent_laplacian, thin_plate
from ...topologies import load_builtin, load_topology

# mm: at this distance the motions of two places have little to do with each other (correlation 0.1), and over this far
# their size is taken for the same.
_REACH, _ALIKE = 40.0, 30.0


class SkinField:
    """A Matern field (order 1) over the skin, whose precision is a sparse matrix of the mesh: Lindgren, Rue and Lindström,
    "An explicit link between Gaussian fields and Gaussian Markov random fields", 2011, eq. 10.

    vertices : (K,) those of FLAME's head that it covers; place : (V,) their numbers among these, -1 elsewhere."""

    def __init__(self) -> None:
        mesh, skin = load_builtin("flame"), load_topology("flame").skin
        triangles = mesh.triangles[skin[mesh.triangles].all(axis=1)]
        self.vertices = np.unique(triangles)
        self.place = np.full(len(mesh.vertices), -1)
        self.place[self.vertices] = np.arange(len(self.vertices))
        laid = mesh.vertices[self.vertices], self.place[triangles]
        laplacian = cotangent_laplacian(*laid)
        self._areas = thin_plate(*laid, laplacian)[1]
        wave = np.sqrt(8.0) / _REACH
        operator = sp.diags(wave**2 * self._areas) + laplacian
        # Its marginal variance is 1.
        self._unit = (operator @ sp.diags(1.0 / self._areas) @ operator) / (4.0 * np.pi * wave**2)
        self._smoothing = SparseCholesky(sp.diags(self._areas) + _ALIKE**2 * laplacian)

    def precision(self, sizes: np.ndarray) -> sp.csr_matrix:
        """(K, K) of a field with standard deviations (K,)."""
        return (sp.diags(1.0 / sizes) @ self._unit @ sp.diags(1.0 / sizes)).tocsr()

    def sizes(self, motion: np.ndarray) -> np.ndarray:
        """(K,) standard deviation of a coordinate around each vertex, of a (K, 3) motion."""
        local = self._smoothing.solve(self._areas * (motion**2).sum(axis=1) / 3.0)
        return np.sqrt(np.maximum(local, 0.0))


@lru_cache(maxsize=1)
def skin_field() -> SkinField:
    """The field, made once."""
    return SkinField()
