"""Closest points whose triangle is right to double precision."""

from __future__ import annotations

import numpy as np

from ..mesh.normals import corner_matrix
from . import Surface


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


def closest_barycentrics(p: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """(..., 3) barycentric weights of the point of triangle abc closest to p; all (..., 3), broadcast together.

    The foot of the perpendicular where it lies within the triangle, else the closest of the closest points of the
    sides.
    """
    p, a, b, c = np.broadcast_arrays(p, a, b, c)
    normal = np.cross(b - a, c - a)
    area = _dot(normal, normal)
    foot = np.stack([_ratio(_dot(np.cross(v - u, p - u), normal), area) for u, v in ((b, c), (c, a), (a, b))], axis=-1)
    best, best_apart = foot, np.where((foot >= 0).all(axis=-1) & (area > 0), -1.0, np.inf)
    for i, j, u, v in ((0, 1, a, b), (1, 2, b, c), (2, 0, c, a)):
        along = np.clip(_ratio(_dot(p - u, v - u), _dot(v - u, v - u)), 0.0, 1.0)
        weights = np.zeros_like(foot)
        weights[..., i], weights[..., j] = 1.0 - along, along
        offset = u + along[..., None] * (v - u) - p
        apart = _dot(offset, offset)
        closer = apart < best_apart
        best = np.where(closer[..., None], weights, best)
        best_apart = np.where(closer, apart, best_apart)
    return best


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=-1)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.zeros(np.shape(numerator)), where=denominator != 0)
