"""Sparse Laplacians of triangle meshes and the thin-plate energy built from them."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from .normals import triangle_cross, vertex_areas

# Cotangents outside this range come from slivers; clipping keeps the operator positive and well conditioned.
_COTANGENT_RANGE = (0.05, 5.0)


def cotangent_laplacian(vertices: np.ndarray, triangles: np.ndarray) -> sp.csr_matrix:
    """(V, V) symmetric positive semi-definite cotangent Laplacian (Pinkall and Polthier 1993), rows sum to zero.

    Cotangents are clipped to a positive range, so that every edge keeps a positive weight. Dimensionless."""
    count = len(vertices)
    double_area = np.maximum(np.linalg.norm(triangle_cross(vertices, triangles), axis=1), 1e-12)
    rows, columns, weights = [], [], []
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        to_a = vertices[triangles[:, a]] - vertices[triangles[:, c]]
        to_b = vertices[triangles[:, b]] - vertices[triangles[:, c]]
        cotangent = np.clip(np.einsum("td,td->t", to_a, to_b) / double_area, *_COTANGENT_RANGE)
        rows += [triangles[:, a], triangles[:, b]]
        columns += [triangles[:, b], triangles[:, a]]
        weights += [0.5 * cotangent, 0.5 * cotangent]
    adjacency = sp.csr_matrix(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), shape=(count, count)
    )
    return (sp.diags(np.asarray(adjacency.sum(axis=1)).ravel()) - adjacency).tocsr()


def thin_plate(
    vertices: np.ndarray, triangles: np.ndarray, laplacian: sp.csr_matrix
) -> tuple[sp.csr_matrix, np.ndarray]:
    """The thin-plate energy: x' K x = integral of |Laplacian of x|^2 over the surface.

    laplacian : L, (V, V), of these vertices (`cotangent_laplacian`).
    Returns K = L M^-1 L, (V, V), in 1/units^2, and the lumped vertex areas M, (V,), in units^2. Because both are
    integrals, a weight l^4 on K against M means the same bending length l on any tessellation."""
    areas = vertex_areas(vertices, triangles)
    # A sliver's tiny area would make its vertex infinitely stiff.
    areas = np.maximum(areas, 0.05 * np.median(areas[areas > 0]) if np.any(areas > 0) else 1.0)
    return (laplacian @ sp.diags(1.0 / areas) @ laplacian).tocsr(), areas
