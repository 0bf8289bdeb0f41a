"""Ambient occlusion of a surface: how much of the sky each vertex sees."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..mesh.normals import normalized
from .surface import Surface

# Rays in all, and at a vertex; where these are few, neighbours are averaged instead.
_RAYS = 400_000
_FEWEST, _MOST = 6, 32
# Averaging once is worth about so many rays.
_WORTH = 6
_GOLDEN = np.pi * (1.0 + np.sqrt(5.0))


def ambient_occlusion(surface: Surface, vertices: np.ndarray, normals: np.ndarray, radius: float) -> np.ndarray:
    """(V,) in 0..1, the openness of (V, 3) vertices with unit `normals`: the mean over cosine-distributed rays of how far
    they get, as a share of `radius`. 1 is open sky; a nostril's depth or the gap between lips is near 0.

    Deterministic: the rays are a Fibonacci spiral about the normal, turned from vertex to vertex, so that a mean over
    neighbours (of large meshes, which have few rays a vertex) is one over different rays.
    """
    count = int(np.clip(_RAYS // max(len(vertices), 1), _FEWEST, _MOST))
    beside = np.where(np.abs(normals[:, :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    first = normalized(np.cross(beside, normals))
    second = np.cross(normals, first)
    # Off the surface, so that a ray does not meet the triangles it starts from.
    starts = vertices + 1e-3 * radius * normals
    spin = _GOLDEN * np.arange(len(vertices))
    openness = np.zeros(len(vertices))
    for ray in range(count):
        share = (ray + 0.5) / count
        angle = _GOLDEN * (ray + 0.5) + spin
        across = np.sqrt(share)
        direction = across * (np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second)
        direction += np.sqrt(1.0 - share) * normals
        hits = surface.cast(starts, direction, radius)
        openness += np.where(hits.hit, np.minimum(hits.distances / radius, 1.0), 1.0)
    openness /= count
    rounds = (_MOST - count) // _WORTH
    if rounds:
        average = _neighbour_average(surface.triangles, len(vertices))
        for _ in range(rounds):
            openness = average @ openness
    return openness


def _neighbour_average(triangles: np.ndarray, count: int) -> sp.csr_matrix:
    """(V, V) matrix that gives every vertex the mean of itself and its neighbours."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    rows, columns = np.concatenate([edges, edges[:, ::-1]]).T
    linked = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, count)) + sp.identity(count)
    linked.data[:] = 1.0
    return sp.diags(1.0 / np.asarray(linked.sum(axis=1)).ravel()) @ linked
