"""Finding equal rows."""

from __future__ import annotations

import numpy as np

# Odd constants with well mixed bits (the golden ratio's and those of xxHash64): one per column, then again.
_MIXERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
_SHIFT = np.uint64(29)


def distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Equal rows of an (N, K) array of numbers, compared exactly.

    Returns (M,) the index of each distinct row's first appearance, in that order, and (N,) int32, which of them every
    row equals."""
    # Adding zero turns -0.0 into 0.0, which compare equal but have other bits.
    exact = np.ascontiguousarray(rows + rows.dtype.type(0))
    if exact.dtype.itemsize != 8:
        exact = exact.astype(np.float64 if exact.dtype.kind == "f" else np.int64)
    words = exact.view(np.uint64)
    keys = _hashes(words)
    order = np.argsort(keys, kind="stable")
    new = np.ones(len(order), bool)
    new[1:] = keys[order[1:]] != keys[order[:-1]]
    leader = order[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))] if len(order) else order
    # Different rows of one hash: once in ages, but then no row may be taken for another.
    if not np.array_equal(words[leader], words[order]):
        return _distinct_by_sorting(words)
    first = np.sort(order[new])
    rank = np.empty(len(order), np.int32)
    rank[first] = np.arange(len(first), dtype=np.int32)
    which = np.empty(len(order), np.int32)
    which[order] = rank[leader]
    return first, which


def _hashes(words: np.ndarray) -> np.ndarray:
    """(N,) uint64, a number per row of (N, K) uint64 that equal rows share."""
    keys = np.zeros(len(words), np.uint64)
    for column in range(words.shape[1]):
        keys = (keys ^ (keys >> _SHIFT)) + words[:, column]
        keys *= _MIXERS[column % len(_MIXERS)]
    return keys ^ (keys >> _SHIFT)


def _distinct_by_sorting(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, first, inverse = np.unique(words, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse.reshape(-1)].astype(np.int32)
