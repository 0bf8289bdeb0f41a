"""Sparse Cholesky factorisation through cholespy (supernodal CHOLMOD on the CPU, its own solver on CUDA)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from cholespy import CholeskySolverD, MatrixType

from ..errors import HeadBridgeError


class SparseCholesky:
    """Factor of a sparse symmetric positive definite matrix.

    Parameters
    ----------
    matrix : (N, N) sparse, symmetric positive definite.

    Raises `HeadBridgeError` when the matrix is not positive definite.
    """

    def __init__(self, matrix: sp.spmatrix):
        coo = sp.coo_matrix(matrix)
        self.size = coo.shape[0]
        try:
            self._solver = CholeskySolverD(
                self.size,
                coo.row.astype(np.int32),
                coo.col.astype(np.int32),
                coo.data.astype(np.float64),
                MatrixType.COO,
            )
        except (RuntimeError, ValueError) as problem:
            raise HeadBridgeError(
                "A linear system could not be factored; the mesh may have a part that nothing holds in place.",
                str(problem),
            ) from problem

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Solve for an (N,) or (N, K) right-hand side."""
        columns = np.ascontiguousarray(right, dtype=np.float64)
        out = np.zeros_like(columns)
        self._solver.solve(columns, out)
        return out
