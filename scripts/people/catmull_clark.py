"""Catmull-Clark subdivision of quads as sparse matrices (Catmull and Clark 1978)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def subdivide(quads: np.ndarray, count: int, smooth: bool) -> tuple[sp.csr_matrix, np.ndarray]:
    """One step: the (count', count) matrix that makes the new vertices, and the new (F', 4) quads.

    quads : (F, 4) faces of `count` vertices. smooth : Catmull-Clark's rules, borders as cubic B-splines; otherwise
    midpoints only, which keep the surface of bilinear patches. New vertices are the old ones, then edges, then faces.
    """
    ends = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    edges, place, uses = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    place = place.reshape(quads.shape)
    of_face = np.repeat(np.arange(len(quads)), 4)
    faces = _matrix(of_face, quads, 0.25, (len(quads), count))
    middles = _matrix(np.repeat(np.arange(len(edges)), 2), edges, 0.5, (len(edges), count))
    new_edges, old = middles, sp.eye(count)
    if smooth:
        inner = uses == 2
        beside = _matrix(place, of_face, 1.0, (len(edges), len(quads)))
        new_edges = sp.diags(np.where(inner, 0.5, 1.0)) @ middles + sp.diags(0.25 * inner) @ beside @ faces
        old = _smoothed(quads, edges, inner, faces, middles, of_face, count)
    vertices = sp.vstack([old, new_edges, faces]).tocsr()
    first_edge, first_face = count, count + len(edges)
    middle = np.repeat((first_face + np.arange(len(quads)))[:, None], 4, axis=1)
    split = np.stack([quads, first_edge + place, middle, first_edge + np.roll(place, 1, axis=1)], axis=2)
    return vertices, split.reshape(-1, 4)


def _smoothed(quads, edges, inner, faces, middles, of_face, count) -> sp.csr_matrix:
    """(count, count) new places of the old vertices: (mean face + 2 mean edge + (n - 3) itself) / n inside."""
    around = _matrix(quads, of_face, 1.0, (count, len(quads)))
    at = _matrix(edges, np.repeat(np.arange(len(edges)), 2), 1.0, (count, len(edges)))
    degree = np.asarray(at.sum(axis=1)).ravel()
    used = degree > 0
    n = np.maximum(degree, 1)
    border = np.zeros(count, bool)
    border[edges[~inner]] = True
    inside = sp.diags(1 / n**2) @ around @ faces + sp.diags(2 / n**2) @ at @ middles + sp.diags((n - 3) / n)
    along = 0.5 * sp.eye(count) + 0.25 * (at @ sp.diags((~inner).astype(float)) @ middles)
    return (
        sp.diags((used & ~border).astype(float)) @ inside
        + sp.diags((used & border).astype(float)) @ along
        + sp.diags((~used).astype(float))
    ).tocsr()


def _matrix(rows: np.ndarray, columns: np.ndarray, value: float, shape: tuple[int, int]) -> sp.csr_matrix:
    rows, columns = np.ravel(rows), np.ravel(columns)
    return sp.csr_matrix((np.full(len(rows), value), (rows, columns)), shape=shape)
