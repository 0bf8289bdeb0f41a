"""Sparse linear algebra: factor once, solve many."""

from .cholesky import SparseCholesky

__all__ = ["SparseCholesky"]
