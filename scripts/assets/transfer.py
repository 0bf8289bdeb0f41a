"""Transferring vertex labels from one head to another by a quick registration of the two templates."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import vertex_neighbours
from headbridge.mesh.normals import vertex_normals
from headbridge.mesh.similarity import fit_similarity
from headbridge.spatial import Surface


def resample_closed(points: np.ndarray, count: int) -> np.ndarray:
    """(count, 3) points at equal arc lengths along a closed polyline (K, 3), from its first point."""
    closed = np.concatenate([points, points[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.arange(count) / count * length[-1]
    return np.stack([np.interp(at, length, closed[:, k]) for k in range(3)], axis=1)


def curve_targets(points: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """(K, 3), where the vertices of one closed curve (K, 3) lie on another (M, 3) by their share of the arc length."""
    closed = np.concatenate([points, points[:1]])
    share = np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))
    share = np.concatenate([[0.0], share[:-1]]) / share[-1]
    fine = resample_closed(onto, 2000)
    return fine[np.round(share * 2000).astype(int) % 2000]


def register_quickly(
    source: Mesh,
    target: Mesh,
    pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
    free: np.ndarray,
    target_triangles: np.ndarray,
) -> np.ndarray:
    """(V, 3), the source's vertices drawn onto the target.

    pairs : (vertices (N, 3), weights (N, 3), targets (N, 3)) of points on the source that are known.
    free : (V,) bool, vertices without counterpart. target_triangles : (T, 3), the target's outer surface.
    A smooth displacement field is solved again and again against closest points whose normals agree, with falling
    stiffness.
    """
    count = len(source.vertices)
    weight = np.concatenate([w.reshape(-1) for _, w, _ in pairs])
    column = np.concatenate([v.reshape(-1) for v, _, _ in pairs])
    known = np.concatenate([t for _, _, t in pairs])
    lift = sp.csr_matrix((weight, (np.repeat(np.arange(len(known)), 3), column)), shape=(len(known), count))
    rest = fit_similarity(lift @ source.vertices, known).apply(source.vertices)
    neighbours = vertex_neighbours(source).astype(float)
    laplacian = sp.diags(np.asarray(neighbours.sum(axis=1)).ravel()) - neighbours
    bending = laplacian.T @ laplacian
    surface = Surface(target.vertices, target_triangles)
    normals_at = vertex_normals(target.vertices, target_triangles)
    triangles, moved = source.triangles, rest
    for stiffness in np.geomspace(200.0, 0.5, 20):
        hits = surface.closest(moved, 30.0)
        corners = surface.triangles[np.maximum(hits.triangles, 0)]
        facing = np.einsum("nk,nkd->nd", hits.barycentrics, normals_at[corners])
        agree = (facing * vertex_normals(moved, triangles)).sum(axis=1) > 0.5
        trust = (hits.hit & agree & ~free).astype(float)
        system = stiffness * bending + sp.diags(trust + 1e-6) + 20.0 * (lift.T @ lift)
        right = trust[:, None] * (np.where(hits.hit[:, None], hits.points, rest) - rest)
        right += 20.0 * (lift.T @ (known - lift @ rest))
        moved = rest + splu(system.tocsc()).solve(right)
    return moved


def transfer_labels(points: np.ndarray, normals: np.ndarray, target: Mesh, triangles: np.ndarray, labels: np.ndarray):
    """(N,) labels of the nearest vertex of the nearest of `triangles` whose normal agrees within 75 degrees."""
    surface = Surface(target.vertices, triangles)
    hits = surface.closest(points)
    facing = vertex_normals(target.vertices, triangles)
    nearest = triangles[hits.triangles, np.argmax(hits.barycentrics, axis=1)]
    transferred = labels[nearest].copy()
    wrong = np.flatnonzero((facing[nearest] * normals).sum(axis=1) < np.cos(np.radians(75.0)))
    for vertex in wrong:
        near = np.flatnonzero(np.linalg.norm(target.vertices - points[vertex], axis=1) < 12.0)
        near = near[(facing[near] @ normals[vertex]) > np.cos(np.radians(75.0))]
        if len(near):
            closest = near[np.argmin(np.linalg.norm(target.vertices[near] - points[vertex], axis=1))]
            transferred[vertex] = labels[closest]
    return transferred
