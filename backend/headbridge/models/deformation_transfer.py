"""Deformation transfer: the shapes of one head on another of the same topology (Sumner and Popovic 2004)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..linalg.cholesky import SparseCholesky
from ..mesh.laplacian import cotangent_laplacian
from ..mesh.normals import normalized, triangle_cross, vertex_areas
from ..mesh.similarity import fit_similarity_robust
from ..progress import Progress

# Beyond this length (mm of the source) a vertex moves as the source's does, turned and scaled alone: that holds every
# part in place.
_REACH = 40.0
# Smaller triangles (mm^2 of the source) have no direction; nothing is asked of them.
_NO_AREA = 1e-6
_AT_A_TIME = 8


def transfer_deformations(
    source: np.ndarray, deltas: np.ndarray, target: np.ndarray, triangles: np.ndarray, progress: Progress | None = None
) -> np.ndarray:
    """(K, V, 3) float32 displacements of a head that deform its triangles as those of another head deform.

    source : (V, 3) the neutral head that has the displacements `deltas` (K, V, 3), in millimetres; target : (V, 3) the
    neutral head that gets them, in its own place, turn and unit. triangles : (T, 3), of both."""
    progress, target = progress or Progress(), np.asarray(target, np.float64)
    place = fit_similarity_robust(source, target)
    turned = place.scale * np.asarray(deltas, np.float64) @ place.rotation.T
    unit = place.scale
    return np.float32(unit) * _transfer(place.apply(source) / unit, turned / unit, target / unit, triangles, progress)


def _transfer(source, deltas, target, triangles, progress) -> np.ndarray:
    """The same for heads that lie on each other, in millimetres."""
    areas = 0.5 * np.linalg.norm(triangle_cross(target, triangles), axis=1)
    rest_areas = 0.5 * np.linalg.norm(triangle_cross(source, triangles), axis=1)
    used = triangles[(areas > _NO_AREA) & (rest_areas > _NO_AREA)]
    laplacian = cotangent_laplacian(target, used)
    anchor = vertex_areas(target, used) / _REACH**2
    # Vertices without triangles are held by nothing else.
    anchor[anchor == 0.0] = 1.0
    solver = SparseCholesky(laplacian + sp.diags(anchor))
    rest = np.linalg.inv(_frames(source, used))
    edges = _Edges(laplacian, target, used)
    result = np.empty(deltas.shape, np.float32)
    for first in range(0, len(deltas), _AT_A_TIME):
        progress.report(first / len(deltas), "Transferring the shapes over")
        part = slice(first, first + _AT_A_TIME)
        right = [
            edges.divergence(_frames(source + delta, used) @ rest - np.eye(3)) + anchor[:, None] * delta
            for delta in deltas[part]
        ]
        solved = solver.solve(np.concatenate(right, axis=1))
        result[part] = solved.reshape(len(source), -1, 3).transpose(1, 0, 2)
    return result


def _frames(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(T, 3, 3), columns are two edges of each triangle and its normal, as long as the root of twice the area."""
    corner = vertices[triangles[:, 0]]
    cross = triangle_cross(vertices, triangles)
    normal = normalized(cross) * np.sqrt(np.linalg.norm(cross, axis=1, keepdims=True))
    return np.stack([vertices[triangles[:, 1]] - corner, vertices[triangles[:, 2]] - corner, normal], axis=2)


class _Edges:
    """The half-edges of a mesh with the weights of its Laplacian, so that both sides of the equations agree."""

    def __init__(self, laplacian: sp.csr_matrix, vertices: np.ndarray, triangles: np.ndarray):
        self._count = len(vertices)
        self._starts = triangles
        self._ends = np.roll(triangles, -1, axis=1)
        self._edges = vertices[self._ends] - vertices[self._starts]
        weights = np.asarray(-laplacian[self._starts.reshape(-1), self._ends.reshape(-1)]).reshape(triangles.shape)
        # Every triangle on an edge asks for its own displacement; the edge's weight is shared among them.
        pairs = np.minimum(self._starts, self._ends) * self._count + np.maximum(self._starts, self._ends)
        _, inverse, sharing = np.unique(pairs, return_inverse=True, return_counts=True)
        self._weights = weights / sharing[inverse.reshape(pairs.shape)]

    def divergence(self, gradients: np.ndarray) -> np.ndarray:
        """(V, 3) right-hand side for displacements whose differences along a triangle's edges are gradient @ edge."""
        wanted = self._weights[..., None] * np.einsum("tab,tkb->tka", gradients, self._edges)
        right = np.empty((self._count, 3))
        for axis in range(3):
            flow = wanted[..., axis].reshape(-1)
            right[:, axis] = np.bincount(self._ends.reshape(-1), flow, self._count)
            right[:, axis] -= np.bincount(self._starts.reshape(-1), flow, self._count)
        return right
