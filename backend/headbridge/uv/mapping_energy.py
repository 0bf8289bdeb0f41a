"""Distortion of a planar triangle mesh over some of its points, the free ones: energy, derivatives, Newton directions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from ..errors import HeadBridgeError
from ..linalg import SparseCholesky
from .distortion import Density, jacobian_gradient, jacobian_hessian

DensityFunction = Callable[[np.ndarray, np.ndarray], Density]

# Holds what nothing else holds (a region turning freely), relative to the Hessian's own diagonal,
# and to the largest entry among what hangs together, which is all that points without weight have.
_RIDGE = 1.0e-7
_LEAST_RIDGE = 1.0e-14


def jacobian_slopes(rest: np.ndarray) -> np.ndarray:
    """(T, 3) complex a with z = sum a_k q_k and w = sum conj(a_k) q_k the parts of the map q = z p + w conj(p) from the
    (T, 2, 2) rest triangles (columns: edges p1 - p0 and p2 - p0, positively oriented) to complex positions q_k."""
    first, second = rest[:, 0, 0] + 1j * rest[:, 1, 0], rest[:, 0, 1] + 1j * rest[:, 1, 1]
    scale = 1.0 / (first * second.conj() - first.conj() * second)
    to_first, to_second = second.conj() * scale, -first.conj() * scale
    return np.stack([-to_first - to_second, to_first, to_second], axis=1)


class _BlockPattern:
    """Where the 2 x 2 blocks of the triangles' Hessians go in the matrix of the free points.

    corners : (S, 3) index among the `count` free points of every triangle's corners, -1 where it is not free.

    Attributes
    ----------
    kept : indices into the flattened (S, 3, 3) blocks of those between free points, places : the matrix block of each.
    count : matrix blocks; diagonal : (K,) those on the diagonal.
    rows, columns : (4 count,) of the scalars of every block, in the order 00, 01, 10, 11.
    """

    def __init__(self, corners: np.ndarray, count: int):
        rows = np.repeat(corners, 3, axis=1).reshape(-1)
        columns = np.tile(corners, (1, 3)).reshape(-1)
        self.kept = np.flatnonzero((rows >= 0) & (columns >= 0))
        keys = np.concatenate([np.arange(count) * (count + 1), rows[self.kept] * count + columns[self.kept]])
        keys, places = np.unique(keys, return_inverse=True)
        places = places.reshape(-1)
        self.count, self.diagonal, self.places = len(keys), places[:count], places[count:]
        rows, columns = np.divmod(keys[:, None], max(count, 1))
        self.rows = (2 * rows + [0, 0, 1, 1]).astype(np.int32).reshape(-1)
        self.columns = (2 * columns + [0, 1, 0, 1]).astype(np.int32).reshape(-1)


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
        self.component_count, self.components = self._connected()
        self.triangle_components = self.components[self._corners.max(axis=1)]
        self.component_weights = self.sums(self._weights)

    def _connected(self) -> tuple[int, np.ndarray]:
        starts, ends = self._corners.reshape(-1), np.roll(self._corners, -1, axis=1).reshape(-1)
        joined = (starts >= 0) & (ends >= 0)
        starts, ends = starts[joined], ends[joined]
        graph = sp.coo_matrix((np.ones(len(starts), np.int8), (starts, ends)), shape=(len(self.points),) * 2)
        return connected_components(graph, directed=False)

    @cached_property
    def _pattern(self) -> _BlockPattern:
        return _BlockPattern(self._corners, len(self.points))

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
        pattern = self._pattern
        shape = (2 * len(self.points), 2 * len(self.points))
        matrix = sp.coo_matrix((blocks.reshape(-1), (pattern.rows, pattern.columns)), shape)
        return self._gradient(positions, z, w, values), matrix

    def _blocks(self, z: np.ndarray, w: np.ndarray, density: Density, project: bool) -> np.ndarray:
        """(B, 4) the Hessian's 2 x 2 blocks. A block takes a step d to P d + Q conj(d), with complex P and Q."""
        part = jacobian_hessian(density, z, w, project)
        linear = np.empty((len(z), 3, 3), complex)
        mirrored = np.empty((len(z), 3, 3), complex)
        # Contiguous rows: NumPy rounds products of strided complex numbers differently where another array lies right
        # behind them in memory, and equal input is to give equal bits.
        slopes = np.ascontiguousarray(self._slopes.T)
        # Only differences of positions count: corner 0 follows from corners 1 and 2.
        for j, k in ((1, 1), (1, 2), (2, 2)):
            a, b = slopes[j], slopes[k]
            by_z, by_w = self._weights * a.conj(), self._weights * a
            linear[:, j, k] = by_z * (part.z_z * b + part.z_w * b.conj())
            linear[:, j, k] += by_w * (part.w_w * b.conj() + part.z_w.conj() * b)
            mirrored[:, j, k] = by_z * (part.z_conj * b.conj() + part.mixed * b)
            mirrored[:, j, k] += by_w * (part.w_conj * b + part.mixed * b.conj())
        linear[:, 2, 1], mirrored[:, 2, 1] = linear[:, 1, 2].conj(), mirrored[:, 1, 2]
        for blocks in (linear, mirrored):
            blocks[:, 0, 1:] = -blocks[:, 1, 1:] - blocks[:, 2, 1:]
            blocks[:, 1:, 0] = -blocks[:, 1:, 1] - blocks[:, 1:, 2]
            blocks[:, 0, 0] = -blocks[:, 1, 0] - blocks[:, 2, 0]
        pattern = self._pattern
        linear = _complex_sums(pattern.places, linear.reshape(-1)[pattern.kept], pattern.count)
        mirrored = _complex_sums(pattern.places, mirrored.reshape(-1)[pattern.kept], pattern.count)
        linear[pattern.diagonal] += 2.0 * self._anchor_weights
        return np.stack(
            [
                linear.real + mirrored.real,
                mirrored.imag - linear.imag,
                mirrored.imag + linear.imag,
                linear.real - mirrored.real,
            ],
            axis=1,
        )

    def tension(self, positions: np.ndarray, density: DensityFunction) -> np.ndarray:
        """(K,) about how far every free point is pulled, as a share of the size of its triangles."""
        inside = self._corners >= 0
        count = len(self.points)
        bends = 4.0 * self._weights[:, None] * (self._slopes.real**2 + self._slopes.imag**2)
        weights = np.repeat(self._weights[:, None], 3, axis=1)
        stiffness = np.bincount(self._corners[inside], bends[inside], count)
        importance = np.bincount(self._corners[inside], weights[inside], count)
        force = np.abs(self.gradient(positions, density))
        resistance = np.sqrt((stiffness + 2.0 * self._anchor_weights) * importance)
        return np.divide(force, resistance, out=np.zeros(count), where=resistance > 0.0)

    def newton_direction(self, positions: np.ndarray, density: DensityFunction) -> tuple[np.ndarray, np.ndarray]:
        """(K,) complex step of the projected Newton method and (C,) the slope of the energy along it (<= 0)."""
        gradient, hessian = self.derivatives(positions, density)
        diagonal = hessian.data.reshape(-1, 4)[self._pattern.diagonal][:, [0, 3]].reshape(-1)
        largest = np.zeros(self.component_count)
        np.maximum.at(largest, self.components, diagonal.reshape(-1, 2).max(axis=1))
        floor = np.repeat(np.where(largest > 0.0, largest, 1.0)[self.components], 2)
        hessian = hessian + sp.diags(_RIDGE * diagonal + _LEAST_RIDGE * floor)
        try:
            flat = SparseCholesky(hessian).solve(np.ascontiguousarray(gradient).view(np.float64))
        except HeadBridgeError:
            flat = gradient.view(np.float64) / np.maximum(diagonal, _RIDGE * floor)
        step = -flat.view(complex)
        return step, np.bincount(self.components, (gradient.conj() * step).real, self.component_count)


def _norm_and_determinant(z: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    similar, mirrored = z.real**2 + z.imag**2, w.real**2 + w.imag**2
    return 2.0 * (similar + mirrored), similar - mirrored


def lowest(values: np.ndarray, owners: np.ndarray, count: int) -> np.ndarray:
    """(C,) smallest of the (S,) values of each of `count` owners; infinity where one has none."""
    out = np.full(count, np.inf)
    np.minimum.at(out, owners, values)
    return out


def _complex_sums(places: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    out = np.empty(count, complex)
    out.real = np.bincount(places, values.real, count)
    out.imag = np.bincount(places, values.imag, count)
    return out
