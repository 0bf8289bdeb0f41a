"""Closest points whose triangle is right to double precision."""

from __future__ import annotations

import numpy as np

from ..mesh.normals import corner_matrix
from . import Surface
from .reference import closest_barycentrics


class ExactClosest:
    """Closest points on a surface, settled in float64 among the triangles around the one that `Surface` names.

    `Surface` compares distances in float32, so that near an edge it may name the neighbour of the closest triangle;
    which one depends on where the mesh lies."""

    def __init__(self, surface: Surface):
        self._surface = surface
        touching = corner_matrix(surface.triangles, len(surface.vertices))
        around = (touching.T @ touching).tocsr()
        self._starts, self._around = around.indptr, around.indices

    def __call__(self, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Triangles (N,) and barycentric weights (N, 3) of the points closest to (N, 3) queries."""
        named = self._surface.closest(queries).triangles
        counts = self._starts[named + 1] - self._starts[named]
        query = np.repeat(np.arange(len(queries)), counts)
        first = np.cumsum(counts) - counts
        candidates = self._around[np.arange(len(query)) - first[query] + self._starts[named][query]]
        corners = self._surface.vertices[self._surface.triangles[candidates]]
        weights = closest_barycentrics(queries[query], *np.moveaxis(corners, 1, 0))
        apart = np.linalg.norm(np.einsum("nk,nkd->nd", weights, corners) - queries[query], axis=1)
        nearest = np.minimum.reduceat(apart, first)
        # Candidates touch, so those equally near share the point.
        best = np.flatnonzero(apart == nearest[query])
        best = best[np.unique(query[best], return_index=True)[1]]
        return candidates[best], weights[best]
