"""Closing the cuts that triangle formats make: along seams, hard edges, or around every triangle."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph

from .distinct import distinct_rows


def weld_edges(positions: np.ndarray, triangles: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join vertices along edges that lie exactly on each other.

    Two triangle sides with the same end points in opposite directions are one edge, and their ends the same vertices.
    Where more than two sides meet, only pairs within a part are joined, or none. So vertices of different surfaces
    that merely touch stay apart, and no edge gets more than two triangles, which joining by place alone would do to
    lids on eyeballs.

    Parameters
    ----------
    positions : (N, 3); triangles : (T, 3) rows of `positions`; parts : (T,) int, which piece of the file each comes
        from.

    Returns (M,) the first row of every vertex, ascending, and (N,) int32 the vertex of every row.
    """
    _, place = distinct_rows(positions)
    tails, heads = triangles.reshape(-1), np.roll(triangles, -1, axis=1).reshape(-1)
    sides = np.flatnonzero(place[tails] != place[heads])
    one, other = _opposite_sides(tails[sides], heads[sides])
    joined = [(sides[one], sides[other])]
    sides = np.delete(sides, np.concatenate([one, other]))
    for group in (np.zeros(len(tails), np.int64), np.repeat(parts, 3)):
        one, other = _opposite_sides(place[tails[sides]], place[heads[sides]], group[sides])
        joined.append((sides[one], sides[other]))
        sides = np.delete(sides, np.concatenate([one, other]))
    one, other = (np.concatenate(rows) for rows in zip(*joined))
    links = np.concatenate([tails[one], heads[one]]), np.concatenate([heads[other], tails[other]])
    count = len(positions)
    graph = sp.coo_matrix((np.ones(len(links[0]), bool), links), shape=(count, count))
    _, labels = csgraph.connected_components(graph, directed=False)
    first, which = distinct_rows(labels[:, None])
    return first, which


def _opposite_sides(
    tails: np.ndarray, heads: np.ndarray, group: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Indices (P,) and (P,) of sides that are each other's only partner: same ends and group, opposite directions."""
    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    keys = np.stack([low, high, np.zeros_like(low) if group is None else group], axis=1).astype(np.int64)
    _, edge = distinct_rows(keys)
    forward = tails < heads
    edges = int(edge.max(initial=-1)) + 1
    single = (np.bincount(edge[forward], minlength=edges) == 1) & (np.bincount(edge[~forward], minlength=edges) == 1)
    one, other = np.flatnonzero(forward & single[edge]), np.flatnonzero(~forward & single[edge])
    return one[np.argsort(edge[one])], other[np.argsort(edge[other])]
