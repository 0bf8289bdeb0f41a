"""Triangles that turned over against their surroundings."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..mesh import Mesh
from ..mesh.adjacency import vertex_rings
from ..mesh.normals import triangle_cross
from ..spatial.rotations import best_fit_rotations


class FlipTest:
    """Finds flipped triangles of a mesh in other positions, against its template.

    A triangle is flipped when its normal points against the template triangle's normal turned by the rotation that
    fits the triangle's two-ring best: the vertices reached from its corners over at most two edges. The measure does
    not change with a rotation, translation or scale of either mesh. A triangle without area in the template never
    counts.

    Parameters
    ----------
    template : (V, 3) positions; triangles : (T, 3) vertex indices.
    """

    def __init__(self, template: np.ndarray, triangles: np.ndarray):
        self._triangles = np.asarray(triangles)
        template = np.asarray(template, dtype=np.float64)
        rings = vertex_rings(Mesh.from_faces(template, self._triangles), 2).astype(np.float64)
        count = len(self._triangles)
        corners = sp.csr_matrix(
            (np.ones(3 * count), self._triangles.reshape(-1), np.arange(0, 3 * count + 1, 3)), (count, len(template))
        )
        self._members = corners @ rings
        self._members.data[:] = 1.0
        self._sizes = np.diff(self._members.indptr).astype(np.float64)[:, None]
        self._template = template - template.mean(axis=0)
        self._template_sums = self._members @ self._template
        self._normals = triangle_cross(self._template, self._triangles)

    def flipped(self, positions: np.ndarray) -> np.ndarray:
        """(T,) bool for (V, 3) positions."""
        moved = np.asarray(positions, dtype=np.float64)
        moved = moved - moved.mean(axis=0)
        products = (moved[:, :, None] * self._template[:, None, :]).reshape(-1, 9)
        sums = self._members @ np.concatenate([products, moved], axis=1)
        means = (sums[:, 9:, None] * self._template_sums[:, None, :]) / self._sizes[:, :, None]
        rotations = best_fit_rotations(sums[:, :9].reshape(-1, 3, 3) - means)
        expected = np.einsum("nij,nj->ni", rotations, self._normals)
        return (expected * triangle_cross(moved, self._triangles)).sum(axis=1) < 0.0


def count_flipped_triangles(template: np.ndarray, positions: np.ndarray, triangles: np.ndarray) -> int:
    """How many (T, 3) triangles are flipped in (V, 3) positions against the (V, 3) template (see `FlipTest`)."""
    return int(FlipTest(template, triangles).flipped(positions).sum())
