"""Where the faces of one mesh are in another one that is connected alike, whatever the order of vertices and faces."""

from __future__ import annotations

import numpy as np

from .adjacency import connected_labels
from .half_edges import HalfEdges

# A smaller share (and number) of the places that are unlike any other in their mesh, and fewer vertices found from
# there, are chance; so is a match that contradicts itself at more than the rest of the vertices it reaches.
_LEAST_SEEDS, _FEWEST_SEEDS, _FEWEST_VERTICES, _LEAST_AGREEMENT = 0.005, 12, 250, 0.8


def matching_vertices(mesh: HalfEdges, reference: HalfEdges) -> np.ndarray | None:
    """(V,) the vertex of the reference that every vertex of the mesh is, -1 where there is none; None when the meshes
    have nothing in common.

    Half-edges whose surroundings are like no other's in either mesh are each other's counterparts; from these the
    match goes on along faces and across edges. Parts that are like themselves from several sides (an eyeball) match
    where their vertices come in the same order."""
    ours, theirs = _seeds(mesh, reference)
    if len(ours) < max(_FEWEST_SEEDS, _LEAST_SEEDS * min(len(mesh.single[0]), len(reference.single[0]))):
        return None
    match = np.full(len(mesh.tails), -1)
    match[ours] = theirs
    frontier = ours
    while len(frontier):
        there = match[frontier]
        reached = np.concatenate([mesh.after[frontier], mesh.across[frontier]])
        goal = np.concatenate([reference.after[there], reference.across[there]])
        fits = (reached >= 0) & (goal >= 0)
        reached, goal = reached[fits], goal[fits]
        fits = (match[reached] < 0) & (mesh.sizes[reached] == reference.sizes[goal])
        frontier, first = np.unique(reached[fits], return_index=True)
        match[frontier] = goal[fits][first]
    vertex_of = _agreed(mesh, reference, match)
    reached = np.zeros(len(vertex_of), bool)
    reached[mesh.tails[match >= 0]] = True
    if (vertex_of >= 0).sum() < max(_FEWEST_VERTICES, _LEAST_AGREEMENT * reached.sum()):
        return None
    return _with_ordered_parts(vertex_of, mesh, reference)


def _seeds(mesh: HalfEdges, reference: HalfEdges) -> tuple[np.ndarray, np.ndarray]:
    """(N,) and (N,) half-edges with a signature that is single in both meshes."""
    (ours, our_edges), (theirs, their_edges) = mesh.single, reference.single
    if not len(ours) or not len(theirs):
        return our_edges[:0], their_edges[:0]
    place = np.minimum(np.searchsorted(theirs, ours), len(theirs) - 1)
    same = theirs[place] == ours
    return our_edges[same], their_edges[place[same]]


def _agreed(mesh: HalfEdges, reference: HalfEdges, match: np.ndarray) -> np.ndarray:
    """(V,) what the half-edges of every vertex agree to be, each vertex of the reference once; -1 elsewhere."""
    known = match >= 0
    low, high = (np.full(mesh.vertex_count, value) for value in (reference.vertex_count, -1))
    there = reference.tails[match[known]]
    np.minimum.at(low, mesh.tails[known], there)
    np.maximum.at(high, mesh.tails[known], there)
    vertex_of = np.where(low == high, high, -1)
    used = np.bincount(vertex_of[vertex_of >= 0], minlength=reference.vertex_count)
    return np.where((vertex_of >= 0) & (used[vertex_of] == 1), vertex_of, -1)


def _with_ordered_parts(vertex_of: np.ndarray, mesh: HalfEdges, reference: HalfEdges) -> np.ndarray:
    taken = np.zeros(reference.vertex_count, bool)
    taken[vertex_of[vertex_of >= 0]] = True
    ours, theirs = _free_parts(mesh, vertex_of >= 0), _free_parts(reference, taken)
    vertex_of = vertex_of.copy()
    for size in sorted(set(ours) & set(theirs)):
        others = [(vertices, _inner_edges(reference, vertices)) for vertices in theirs[size]]
        for vertices in ours[size]:
            edges = _inner_edges(mesh, vertices)
            at = next((k for k, (_, other) in enumerate(others) if np.array_equal(edges, other)), None)
            if at is not None:
                vertex_of[vertices] = others.pop(at)[0]
    return vertex_of


def _free_parts(mesh: HalfEdges, matched: np.ndarray) -> dict[int, list[np.ndarray]]:
    """By their size the parts without a matched vertex: their vertices, ascending."""
    labels = connected_labels(mesh.vertex_count, np.stack([mesh.tails, mesh.heads], axis=1))
    sizes = np.bincount(labels)
    free = (np.bincount(labels, matched) == 0) & (sizes > 1)
    order = np.argsort(labels, kind="stable")
    starts = np.cumsum(sizes) - sizes
    found: dict[int, list[np.ndarray]] = {}
    for label in np.flatnonzero(free):
        found.setdefault(int(sizes[label]), []).append(order[starts[label] : starts[label] + sizes[label]])
    return found


def _inner_edges(mesh: HalfEdges, vertices: np.ndarray) -> np.ndarray:
    """A part's half-edges as sorted numbers, by where their ends come among its vertices."""
    member = np.zeros(mesh.vertex_count, bool)
    member[vertices] = True
    chosen = member[mesh.tails]
    tails, heads = (np.searchsorted(vertices, ends[chosen]) for ends in (mesh.tails, mesh.heads))
    return np.sort(tails * len(vertices) + heads)
