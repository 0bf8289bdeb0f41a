"""Finding equal rows."""

from __future__ import annotations

import numpy as np


def distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Equal rows of an (N, K) array, compared exactly.

    Returns (M,) the index of each distinct row's first appearance, in that order, and (N,) int32, which of them every
    row equals."""
    # Adding zero turns -0.0 into 0.0, which compare equal but have other bits.
    exact = np.ascontiguousarray(rows + rows.dtype.type(0))
    whole = exact.view(np.dtype((np.void, exact.dtype.itemsize * exact.shape[1]))).reshape(-1)
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse.reshape(-1)].astype(np.int32)
