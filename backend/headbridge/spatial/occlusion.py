"""Ambient occlusion of a surface: how much of the sky each vertex sees."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import warp as wp

from ..mesh.normals import normalized
from .surface import Surface

# Rays in all, and at a vertex; where these are few, neighbours are averaged instead.
_RAYS = 400_000
_FEWEST, _MOST = 6, 32
# Averaging once is worth about so many rays.
_WORTH = 6
_GOLDEN = np.pi * (1.0 + np.sqrt(5.0))


@wp.kernel(enable_backward=False)
def _openness_kernel(
    mesh: wp.uint64,
    first: int,
    starts: wp.array(dtype=wp.vec3),
    normals: wp.array(dtype=wp.vec3),
    sides: wp.array(dtype=wp.vec3),
    spins: wp.array(dtype=float),
    rays: wp.array(dtype=wp.vec3),
    radius: float,
    openness: wp.array(dtype=float),
):
    """rays : away from the normal, along it, and the angle about it."""
    i = wp.tid() + first
    normal = normals[i]
    side = sides[i]
    other = wp.cross(normal, side)
    total = float(0.0)
    for k in range(rays.shape[0]):
        ray = rays[k]
        angle = ray[2] + spins[i]
        direction = ray[0] * (wp.cos(angle) * side + wp.sin(angle) * other) + ray[1] * normal
        found = wp.mesh_query_ray(mesh, starts[i], direction, radius)
        if found.result:
            total += wp.min(found.t / radius, 1.0)
        else:
            total += 1.0
    openness[i] = total / float(rays.shape[0])


def ambient_occlusion(surface: Surface, vertices: np.ndarray, normals: np.ndarray, radius: float) -> np.ndarray:
    """(V,) in 0..1, the openness of (V, 3) vertices with unit `normals`: the mean over cosine-distributed rays of how far
    they get, as a share of `radius`. 1 is open sky; a nostril's depth or the gap between lips is near 0.

    Deterministic: the rays are a Fibonacci spiral about the normal, turned from vertex to vertex, so that a mean over
    neighbours (of large meshes, which have few rays a vertex) is one over different rays.
    """
    count = int(np.clip(_RAYS // max(len(vertices), 1), _FEWEST, _MOST))
    beside = np.where(np.abs(normals[:, :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    # Off the surface, so that a ray does not meet the triangles it starts from.
    starts = surface.local(vertices + 1e-3 * radius * normals)
    share = (np.arange(count) + 0.5) / count
    turns = np.mod(_GOLDEN * (np.arange(count) + 0.5), 2.0 * np.pi)
    vectors = (starts, normals, normalized(np.cross(beside, normals)))
    rays = np.column_stack([np.sqrt(share), np.sqrt(1.0 - share), turns])
    # Angles are taken modulo a turn before their precision is halved.
    spins = np.mod(_GOLDEN * np.arange(len(vertices)), 2.0 * np.pi).astype(np.float32)
    found = wp.empty(len(vertices), dtype=float, device=surface.device)
    starts, normals, sides, rays = (
        wp.array(np.ascontiguousarray(rows, np.float32), dtype=wp.vec3, device=surface.device)
        for rows in (*vectors, rays)
    )
    spins = wp.array(spins, dtype=float, device=surface.device)
    surface.launch(_openness_kernel, len(vertices), [starts, normals, sides, spins, rays, float(radius), found])
    openness = found.numpy().astype(np.float64)
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
