"""Local rotations of a deformed surface, so that bending is measured in each part's own turned frame."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..mesh.normals import corner_matrix, vertex_normals
from ..spatial.rotations import best_fit_rotations


class LocalRotations:
    """Best-fit rotation around every vertex and the turned differential coordinates of the rest shape.

    The edge terms are those of as-rigid-as-possible surfaces (Sorkine and Alexa 2007); the rotations are averaged over
    the neighbourhood, so that fine noise does not turn them.

    rest : (V, 3); triangles : (T, 3); laplacian : (V, V) cotangent Laplacian of the rest shape; smoothing : how often the
    neighbours are averaged.
    """

    def __init__(self, rest: np.ndarray, triangles: np.ndarray, laplacian: sp.csr_matrix, smoothing: int = 4):
        self._triangles = triangles
        self._corners = corner_matrix(triangles, len(rest))
        weights = (sp.diags(laplacian.diagonal()) - laplacian).tocsr()
        coo = weights.tocoo()
        self._rows, self._columns, self._weights = coo.row, coo.col, coo.data
        self._rest_edges = rest[coo.row] - rest[coo.col]
        # Row i of gradient k: sum_j w_ij (rest_i - rest_j)[k] (x_i - x_j), linear in x.
        self._gradients = []
        for k in range(3):
            g = sp.csr_matrix((coo.data * self._rest_edges[:, k], (coo.row, coo.col)), shape=weights.shape)
            self._gradients.append((sp.diags(np.asarray(g.sum(axis=1)).ravel()) - g).tocsr())
        neighbours = (weights > 0).astype(float) + sp.identity(len(rest))
        self._average = sp.diags(1.0 / np.asarray(neighbours.sum(axis=1)).ravel()) @ neighbours
        self._smoothing = smoothing
        self._rest_normals = self._normals(rest)
        squared = np.einsum("ed,ed->e", self._rest_edges, self._rest_edges)
        self._extent = np.bincount(coo.row, coo.data * squared, minlength=len(rest))

    def _normals(self, positions: np.ndarray) -> np.ndarray:
        return vertex_normals(positions, self._triangles, self._corners)

    def at(self, positions: np.ndarray) -> np.ndarray:
        """(V, 3, 3) rotations that turn the rest shape's neighbourhoods into those of (V, 3) positions."""
        covariance = np.stack([g @ positions for g in self._gradients], axis=2)  # [v, x dim, rest dim]
        # A flat neighbourhood says nothing about its normal direction: the normals themselves do.
        covariance += (
            0.5 * self._extent[:, None, None] * self._normals(positions)[:, :, None] * self._rest_normals[:, None, :]
        )
        flat = covariance.reshape(len(positions), 9)
        for _ in range(self._smoothing):
            flat = self._average @ flat
        return best_fit_rotations(flat.reshape(-1, 3, 3))

    def turned(self, rotations: np.ndarray) -> np.ndarray:
        """(V, 3) differential coordinates: sum_j w_ij (R_i + R_j)/2 (rest_i - rest_j)."""
        mean = 0.5 * (rotations[self._rows] + rotations[self._columns])
        edges = self._weights[:, None] * np.einsum("eij,ej->ei", mean, self._rest_edges)
        return np.stack([np.bincount(self._rows, edges[:, k], minlength=len(rotations)) for k in range(3)], axis=1)
