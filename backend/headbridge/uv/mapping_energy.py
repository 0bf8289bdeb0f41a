"""Distortion of a planar triangle mesh over some of its points, the free ones: energy, derivatives, Newton directions."""

from __future__ import annotations

from typing import Callable

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from ..errors import HeadBridgeError
from ..linalg import SparseCholesky
from .distortion import Density, jacobian_gradient, jacobian_hessian

DensityFunction = Callable[[np.ndarray, np.ndarray], Density]

# Holds what nothing else holds (a region turning freely), relative to the Hessian's own diagonal.
_RIDGE = 1.0e-7


def jacobian_slopes(rest: np.ndarray) -> np.ndarray:
    """(T, 3) complex a with z = sum a_k q_k and w = sum conj(a_k) q_k the parts of the map q = z p + w conj(p) from the
    (T, 2, 2) rest triangles (columns: edges p1 - p0 and p2 - p0, positively oriented) to complex positions q_k."""
    first, second = rest[:, 0, 0] + 1j * rest[:, 1, 0], rest[:, 0, 1] + 1j * rest[:, 1, 1]
    scale = 1.0 / (first * second.conj() - first.conj() * second)
    to_first, to_second = second.conj() * scale, -first.conj() * scale
    return np.stack([-to_first - to_second, to_first, to_second], axis=1)


class MappingEnergy:
    """sum_t weight_t D(J_t) + sum_i anchor_weight_i |q_i - anchor_i|^2 as a function of the free points alone.

    Separate components (free points joined over triangles) are kept apart, so that each can take its own step length.

    Parameters
    ----------
    triangles : (T, 3) point indices, slopes : (T, 3) their `jacobian_slopes`, weights : (T,).
    anchors : (N,) complex, anchor_weights : (N,).
    free : (N,) bool; triangles without a free point do not count.

    Attributes
    ----------
    points : (K,) the free points, components : (K,) the component of each, component_count.
    component_weights : (C,) sums of the weights.
    chosen : (S,) the triangles that count, triangles : (S, 3) their points, triangle_components : (S,).
    """

    def __init__(
        self,
        triangles: np.ndarray,
        slopes: np.ndarray,
        weights: np.ndarray,
        anchors: np.ndarray,
        anchor_weights: np.ndarray,
        free: np.ndarray,
    ):
        self.chosen = np.flatnonzero(free[triangles].any(axis=1))
        self.triangles = triangles[self.chosen]
        self.points = np.flatnonzero(free)
        self._slopes = slopes[self.chosen]
        self._weights = weights[self.chosen]
        self._anchors = anchors[self.points]
        self._anchor_weights = anchor_weights[self.points]
        local = np.full(len(free), -1, np.int64)
        local[self.points] = np.arange(len(self.points))
        self._corners = local[self.triangles]
        self._scatter()
        count, self.components = connected_components(
            sp.csr_matrix(
                (np.ones(len(self._columns), np.int8), self._columns, self._starts), (len(self.points), len(self.points))
            ),
            directed=False,
        )
        self.component_count = int(count)
        self.triangle_components = self.components[self._corners.max(axis=1)]
        self.component_weights = self.sums(self._weights)

    def _scatter(self) -> None:
        """Where the 2 x 2 blocks of the triangles' Hessians go in the block matrix of the free points."""
        count = len(self.points)
        rows = np.repeat(self._corners, 3, axis=1).reshape(-1)
        columns = np.tile(self._corners, (1, 3)).reshape(-1)
        self._kept = np.flatnonzero((rows >= 0) & (columns >= 0))
        keys = np.concatenate([np.arange(count) * (count + 1), rows[self._kept] * count + columns[self._kept]])
        keys, places = np.unique(keys, return_inverse=True)
        block_rows, self._columns = np.divmod(keys, max(count, 1))
        self._starts = np.searchsorted(block_rows, np.arange(count + 1))
        places = places.reshape(-1)
        self._diagonal, self._places = places[:count], places[count:]
        # Scalar rows and columns of the four numbers of every block.
        corner = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        self._scalar_rows = (2 * block_rows[:, None] + corner[:, 0]).astype(np.int32).reshape(-1)
        self._scalar_columns = (2 * self._columns[:, None] + corner[:, 1]).astype(np.int32).reshape(-1)

    def jacobians(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Similarity and mirrored part, each (S,) complex, of the counted triangles' maps at (N,) complex positions."""
        corners = positions[self.triangles]
        return (self._slopes * corners).sum(axis=1), (self._slopes.conj() * corners).sum(axis=1)

    def determinants(self, positions: np.ndarray) -> np.ndarray:
        """(S,) determinants of the Jacobians."""
        return _norm_and_determinant(*self.jacobians(positions))[1]

    def values(self, positions: np.ndarray, density: DensityFunction) -> np.ndarray:
        """(C,) energy of every component at (N,) complex positions."""
        a, d = _norm_and_determinant(*self.jacobians(positions))
        away = positions[self.points] - self._anchors
        return self.sums(self._weights * density(a, d).value) + np.bincount(
            self.components, self._anchor_weights * (away.real**2 + away.imag**2), self.component_count
        )

    def sums(self, of_triangles: np.ndarray) -> np.ndarray:
        """(C,) sums over the components of an (S,) quantity of the triangles."""
        return np.bincount(self.triangle_components, of_triangles, self.component_count)

    def gradient(self, positions: np.ndarray, density: DensityFunction) -> np.ndarray:
        """(K,) complex, the derivative by the free points' real parts + 1j * that by their imaginary parts."""
        z, w = self.jacobians(positions)
        return self._gradient(positions, z, w, density(*_norm_and_determinant(z, w)))

    def _gradient(self, positions, z, w, density) -> np.ndarray:
        by_z, by_w = jacobian_gradient(density, z, w)
        by_z, by_w = self._weights * by_z, self._weights * by_w
        corners = self._slopes.conj() * by_z[:, None] + self._slopes * by_w[:, None]
        inside = self._corners.reshape(-1) >= 0
        places, corners = self._corners.reshape(-1)[inside], corners.reshape(-1)[inside]
        pull = 2.0 * self._anchor_weights * (positions[self.points] - self._anchors)
        return _complex_sums(places, corners, len(self.points)) + pull

    def derivatives(
        self, positions: np.ndarray, density: DensityFunction, project: bool = True
    ) -> tuple[np.ndarray, sp.coo_matrix]:
        """The gradient (see `gradient`) and the (2K, 2K) Hessian over (x0, y0, x1, y1, ...), every triangle's part made
        positive semidefinite with `project`."""
        z, w = self.jacobians(positions)
        values = density(*_norm_and_determinant(z, w))
        blocks = self._blocks(z, w, values, project)
        matrix = sp.coo_matrix(
            (blocks.reshape(-1), (self._scalar_rows, self._scalar_columns)), (2 * len(self.points),) * 2
        )
        return self._gradient(positions, z, w, values), matrix

    def _blocks(self, z: np.ndarray, w: np.ndarray, density: Density, project: bool) -> np.ndarray:
        """(B, 4) the Hessian's 2 x 2 blocks. A block takes a step d to P d + Q conj(d), with complex P and Q."""
        part = jacobian_hessian(density, z, w, project)
        linear = np.empty((len(z), 3, 3), complex)
        mirrored = np.empty((len(z), 3, 3), complex)
        # Only differences of positions count: corner 0 follows from corners 1 and 2.
        for j, k in ((1, 1), (1, 2), (2, 2)):
            a, b = self._slopes[:, j], self._slopes[:, k]
            to_z, to_w = self._weights * a.conj(), self._weights * a
            linear[:, j, k] = to_z * (part.z_z * b + part.z_w * b.conj()) + to_w * (
                part.w_w * b.conj() + part.z_w.conj() * b
            )
            mirrored[:, j, k] = to_z * (part.z_conj * b.conj() + part.mixed * b) + to_w * (
                part.w_conj * b + part.mixed * b.conj()
            )
        linear[:, 2, 1] = linear[:, 1, 2].conj()
        mirrored[:, 2, 1] = mirrored[:, 1, 2]
        for blocks in (linear, mirrored):
            blocks[:, 0, 1:] = -blocks[:, 1, 1:] - blocks[:, 2, 1:]
            blocks[:, :, 0] = -blocks[:, :, 1] - blocks[:, :, 2]
            if blocks is linear:
                blocks[:, 1:, 0] = blocks[:, 0, 1:].conj()
                blocks[:, 0, 0] = -blocks[:, 1, 0] - blocks[:, 2, 0]
        count = len(self._columns)
        linear = _complex_sums(self._places, linear.reshape(-1)[self._kept], count)
        mirrored = _complex_sums(self._places, mirrored.reshape(-1)[self._kept], count)
        linear[self._diagonal] += 2.0 * self._anchor_weights
        return np.stack(
            [
                linear.real + mirrored.real,
                mirrored.imag - linear.imag,
                mirrored.imag + linear.imag,
                linear.real - mirrored.real,
            ],
            axis=1,
        )

    def newton_direction(self, positions: np.ndarray, density: DensityFunction) -> tuple[np.ndarray, np.ndarray]:
        """(K,) complex step of the projected Newton method and (C,) the slope of the energy along it (<= 0)."""
        gradient, hessian = self.derivatives(positions, density)
        diagonal = hessian.data.reshape(-1, 4)[self._diagonal][:, [0, 3]].reshape(-1)
        largest = np.zeros(self.component_count)
        np.maximum.at(largest, self.components, diagonal.reshape(-1, 2).max(axis=1))
        floor = np.repeat(np.where(largest > 0.0, largest, 1.0)[self.components], 2)
        hessian = hessian + sp.diags(_RIDGE * diagonal + 1.0e-3 * _RIDGE * floor)
        try:
            flat = SparseCholesky(hessian).solve(np.ascontiguousarray(gradient).view(np.float64))
        except HeadBridgeError:
            flat = gradient.view(np.float64) / np.maximum(diagonal, floor * _RIDGE)
        step = -flat.view(complex)
        return step, np.bincount(self.components, (gradient.conj() * step).real, self.component_count)


def _norm_and_determinant(z: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    similar, mirrored = z.real**2 + z.imag**2, w.real**2 + w.imag**2
    return 2.0 * (similar + mirrored), similar - mirrored


def _complex_sums(places: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    out = np.empty(count, complex)
    out.real = np.bincount(places, values.real, count)
    out.imag = np.bincount(places, values.imag, count)
    return out
