"""Triangle and vertex normals, triangle areas."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def triangle_cross(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(T, 3) cross products of two edges: twice the area times the unit normal (counter-clockwise is outward)."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    u, v = b - a, c - a
    # Written out: several times faster than np.cross for arrays of this shape.
    return np.stack(
        [
            u[:, 1] * v[:, 2] - u[:, 2] * v[:, 1],
            u[:, 2] * v[:, 0] - u[:, 0] * v[:, 2],
            u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0],
        ],
        axis=1,
    )


def normalized(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors of (N, 3); a zero vector stays zero."""
    length = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    return vectors / np.maximum(length, 1e-300)[:, None]


def triangle_areas(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(T,) areas in squared units of the vertices."""
    return 0.5 * np.linalg.norm(triangle_cross(vertices, triangles), axis=1)


def corner_matrix(triangles: np.ndarray, vertex_count: int) -> sp.csr_matrix:
    """(V, T) matrix of ones where a triangle touches a vertex; sums triangle quantities at vertices."""
    count = len(triangles)
    rows = triangles.reshape(-1)
    columns = np.repeat(np.arange(count), 3)
    return sp.csr_matrix((np.ones(3 * count), (rows, columns)), shape=(vertex_count, count))


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray, corners: sp.csr_matrix | None = None) -> np.ndarray:
    """(V, 3) area-weighted unit vertex normals; pass `corner_matrix` when called often on the same triangles."""
    if corners is None:
        corners = corner_matrix(triangles, len(vertices))
    return normalized(corners @ triangle_cross(vertices, triangles))


def vertex_areas(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(V,) a third of the area of the triangles around each vertex."""
    areas = triangle_areas(vertices, triangles) / 3.0
    return np.bincount(triangles.reshape(-1), np.repeat(areas, 3), minlength=len(vertices))
