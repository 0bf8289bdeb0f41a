"""Splitting some edges of a triangle mesh at given points, without gaps."""

from __future__ import annotations

import numpy as np


def split_edges(
    vertices: np.ndarray, triangles: np.ndarray, edges: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Put a new vertex on each of some edges; every triangle at such an edge is cut to match, so that no gap opens.

    vertices : (V, 3); triangles : (T, 3); edges : (E, 2) vertex indices, each edge once in any direction;
    points : (E, 3), where their new vertices go. Returns (V + E, 3) vertices and the (T', 3) triangles; winding is kept.
    """
    count = len(vertices)
    keys = np.sort(edges, axis=1).astype(np.int64) @ [count, 1]
    order = np.argsort(keys)
    ends = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2), axis=2).astype(np.int64) @ [count, 1]
    place = np.searchsorted(keys[order], ends).clip(0, max(len(keys) - 1, 0))
    is_split = keys[order][place] == ends if len(keys) else np.zeros(ends.shape, bool)
    middles = np.where(is_split, count + order[place] if len(keys) else -1, -1)
    number = is_split.sum(axis=1)
    parts = [triangles[number == 0]]

    def add(chosen, *pieces):
        parts.extend(np.stack(piece, axis=1)[chosen] for piece in pieces)

    for k in range(3):
        # Turned so that the only split edge, or the one after the only whole edge, comes first.
        turn = (np.arange(3) + k) % 3
        a, b, c = triangles[:, turn].T
        ab, bc, ca = middles[:, turn].T
        add((number == 1) & is_split[:, k], (a, ab, c), (ab, b, c))
        add((number == 2) & ~is_split[:, turn[2]], (a, ab, c), (ab, bc, c), (ab, b, bc))
        if k == 0:
            add(number == 3, (a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
    return np.concatenate([vertices, points]), np.concatenate(parts).astype(np.int32)
