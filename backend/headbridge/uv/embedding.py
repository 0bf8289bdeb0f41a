"""Tutte's embedding: points spread evenly inside what surrounds them."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from ..linalg import SparseCholesky


def embed_inside(uvs: np.ndarray, triangles: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Move points to the mean of their neighbours (Tutte 1963, "How to draw a graph"); the others stay.

    A region without holes becomes injective when the closed curve of points around it is convex, whatever its own
    points did before; otherwise this is a start to repair with `make_injective`. Points that no chain of edges joins to
    one that stays are left alone.

    Parameters
    ----------
    uvs : (N, 2); triangles : (T, 3) point indices; inside : (N,) bool, the points to move.

    Returns
    -------
    (N, 2) float64 positions.
    """
    count = len(uvs)
    out = np.array(uvs, np.float64)
    neighbours = point_neighbours(triangles, count)
    _, labels = connected_components(neighbours, directed=False)
    held = np.zeros(count, bool)
    held[labels[~inside]] = True
    moved = np.flatnonzero(inside & held[labels])
    if len(moved):
        rows = neighbours[moved]
        matrix = sp.diags(np.diff(rows.indptr).astype(np.float64)) - rows[:, moved]
        stay = np.array(out)
        stay[moved] = 0.0
        out[moved] = SparseCholesky(matrix).solve(rows @ stay)
    return out


def point_neighbours(triangles: np.ndarray, count: int) -> sp.csr_matrix:
    """(N, N) CSR of ones where two of `count` points share an edge of the (T, 3) triangles."""
    rows = np.concatenate([triangles, triangles[:, [1, 2, 0]]]).reshape(-1)
    columns = np.concatenate([triangles[:, [1, 2, 0]], triangles]).reshape(-1)
    graph = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    graph.data[:] = 1.0
    return graph
