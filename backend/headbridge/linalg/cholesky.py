"""Factors of sparse symmetric positive definite matrices: cholespy's (supernodal CHOLMOD), or SciPy's on Linux on ARM.

cholespy has no packages for that one kind of machine. `headbridge doctor` says which of the two is used.
"""

from __future__ import annotations

import platform

import numpy as np
import scipy.sparse as sp

from ..errors import HeadBridgeError


class _Cholespy:
    """cholespy's factor."""

    def __init__(self, matrix: sp.coo_matrix):
        from cholespy import CholeskySolverD, MatrixType

        rows, columns = matrix.row.astype(np.int32), matrix.col.astype(np.int32)
        self._solver = CholeskySolverD(matrix.shape[0], rows, columns, matrix.data.astype(np.float64), MatrixType.COO)
        self._nothing = np.zeros((matrix.shape[0], 0))

    def solve(self, right: np.ndarray) -> np.ndarray:
        out = np.zeros_like(right)
        self._solver.solve(right, out)
        # cholespy 2.2 keeps the workspace of a solve, as large as `right`, and never frees it; one of no columns takes
        # its place. Workers that factor for days would grow by it.
        self._solver.solve(self._nothing, self._nothing)
        return out


class _SciPy:
    """SuperLU's factor with the pivots on the diagonal, which all are positive for such a matrix and no other."""

    def __init__(self, matrix: sp.coo_matrix):
        from scipy.sparse.linalg import splu

        self._factor = splu(
            matrix.tocsc().astype(np.float64), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip
        pivots_on_diagonal = np.array_equal(self._factor.perm_r, self._factor.perm_c)
        if not pivots_on_diagonal or not (self._factor.U.diagonal() > 0.0).all():
            raise ValueError("the matrix is not positive definite")

    def solve(self, right: np.ndarray) -> np.ndarray:
        return self._factor.solve(right)


_FACTOR = _SciPy if platform.machine() == "aarch64" else _Cholespy


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
            self._factor = _FACTOR(coo)
        except (RuntimeError, ValueError) as problem:
            raise HeadBridgeError(
                "A linear system could not be factored; the mesh may have a part that nothing holds in place.",
                str(problem),
            ) from problem

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Solve for an (N,) or (N, K) right-hand side."""
        return self._factor.solve(np.ascontiguousarray(right, dtype=np.float64))
