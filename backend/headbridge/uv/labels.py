"""Which patch every target face takes its UVs from, with short cuts that follow the source's seams."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from .edges import SharedEdges
from .patches import PointMapper

# Faces whose centre is this many mean edge lengths nearer to one patch than to another are not argued about.
_CERTAIN = 2.0
# Capacities are integers; a cut as long as a mean edge costs this much.
_UNIT = 1000.0


def vote(
    edges: SharedEdges,
    positions: np.ndarray,
    normals: np.ndarray,
    centres: np.ndarray,
    facing: np.ndarray,
    mapper: PointMapper,
) -> np.ndarray:
    """(F,) int32, the patch of every face: the one its centre lies on, but where cuts get shorter on another near one.

    edges : of the faces to label; positions, normals : (V, 3) mm and unit vectors; centres, facing : (F, 3) the same of
    the faces.
    For every two patches that meet, the labels between them are the minimum cut of the faces near their border
    (alpha-beta swap; Boykov, Veksler, Zabih 2001), where a cut costs its length, and nothing where both patches agree.
    """
    costs = mapper.patch_costs(centres, facing)
    labels = np.argmin(costs, axis=1).astype(np.int32)
    if not len(edges):
        return labels
    ends = positions[edges.vertices]
    lengths = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    unit = float(lengths.mean())
    pair = np.sort(labels[edges.faces], axis=1)
    for first, second in np.unique(pair[pair[:, 0] != pair[:, 1]], axis=0):
        contested = np.isin(labels, (first, second)) & (np.abs(costs[:, first] - costs[:, second]) < _CERTAIN * unit)
        touching = contested[edges.faces].any(axis=1) & np.isin(labels[edges.faces], (first, second)).all(axis=1)
        if not touching.any():
            continue
        differs = disagreement(edges.vertices[touching], positions, normals, mapper, first, second)
        weights = lengths[touching] * np.minimum(1.0, differs / FREE_CUT)
        labels = _swap(labels, contested, edges.faces[touching], weights / unit, costs / unit, int(first), int(second))
    return labels


# Two patches that give a point UVs closer than this are continued into each other there, and a cut is free.
FREE_CUT = 4.0e-3


def disagreement(
    vertices: np.ndarray, positions: np.ndarray, normals: np.ndarray, mapper: PointMapper, first: int, second: int
) -> np.ndarray:
    """(E,) how far apart the UVs are that two patches give the ends of (E, 2) edges, the farther end counting."""
    used, place = np.unique(vertices, return_inverse=True)
    one = mapper.uvs(positions[used], np.full(len(used), first), normals[used])
    other = mapper.uvs(positions[used], np.full(len(used), second), normals[used])
    return np.linalg.norm(one - other, axis=1)[place.reshape(vertices.shape)].max(axis=1)


def _swap(labels, contested, pairs, weights, costs, first: int, second: int) -> np.ndarray:
    """The labels with the contested faces among `first` and `second` parted anew by a minimum cut."""
    index = np.full(len(labels), -1)
    chosen = np.flatnonzero(contested)
    index[chosen] = np.arange(len(chosen))
    source, sink = len(chosen), len(chosen) + 1
    # A face pays what the patch it gets explains it worse than the other.
    worse = np.clip(costs[chosen, second] - costs[chosen, first], -_CERTAIN, _CERTAIN)
    rows = [np.full(len(chosen), source), np.arange(len(chosen))]
    columns = [np.arange(len(chosen)), np.full(len(chosen), sink)]
    capacities = [np.maximum(worse, 0.0), np.maximum(-worse, 0.0)]
    inside = (index[pairs] >= 0).all(axis=1)
    a, b = index[pairs[inside, 0]], index[pairs[inside, 1]]
    rows += [a, b]
    columns += [b, a]
    capacities += [weights[inside]] * 2
    for side in (0, 1):
        edge = (index[pairs[:, side]] >= 0) & (index[pairs[:, 1 - side]] < 0)
        here = index[pairs[edge, side]]
        to_first = labels[pairs[edge, 1 - side]] == first
        rows += [np.full(int(to_first.sum()), source), here[~to_first]]
        columns += [here[to_first], np.full(int((~to_first).sum()), sink)]
        capacities += [weights[edge][to_first], weights[edge][~to_first]]
    total = np.round(np.concatenate(capacities) * _UNIT).astype(np.int32)
    count = len(chosen) + 2
    graph = sp.csr_matrix(
        (total, (np.concatenate(rows), np.concatenate(columns))), shape=(count, count), dtype=np.int32
    )
    residual = graph - maximum_flow(graph, source, sink).flow
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    reached = breadth_first_order(residual, source, return_predecessors=False)
    out = labels.copy()
    out[chosen] = second
    out[chosen[reached[reached < len(chosen)]]] = first
    return out
