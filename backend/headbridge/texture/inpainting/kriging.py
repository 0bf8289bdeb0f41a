"""What a guess of a texture lacks, told from where it is known (kriging; Cressie 1993, Statistics for Spatial Data)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cholesky, solve_triangular
from scipy.spatial.distance import cdist

from ...baking.padding import pad_image
from ...linalg.blas_threads import single_blas_thread
from ...mesh.adjacency import connected_components
from ...topologies import load_builtin, load_topology
from ..atlas.layout import PADDING_SHARE, HeadLayout
from ..atlas.surface_texels import SurfaceTexels

# What textures lack of a guess varies as much over every doubling of distance (mm), and the wider it does, the more the
# halves of a face are alike in it.
_LENGTHS = (6.0, 12.0, 24.0, 48.0, 96.0, 192.0)
_ALIKE = (0.5, 0.7, 0.85, 0.93, 0.96, 0.96)
# Deviation of a place's own colour, as a share of that over one doubling.
_OWN = 0.5
# Light from one side changes evenly across the head, and not much farther than over so many mm to each side. How much
# it may, as multiples of the above; which of them it is the known texels tell. From above to below hair and beards
# change as well.
_SHADING, _ACROSS = (0.0, 1.0, 3.0), 80.0
# Places on the head are so far apart at least, mm, or farther, so that there are no more than so many.
_APART, _MOST_PLACES = 4.0, 2000
_LEAST_KNOWN = 0.3
# Parts of a head tell nothing of each other.
_ELSEWHERE = 1e6
_TABLE = np.linspace(0.0, 600.0, 4801)


class ResidualKriging:
    """The likeliest residual colours all over a built-in head, of those at known texels: a Gaussian process that also
    knows how alike the halves of a face are.

    layout : "flame" or "hack"; size : texels along a tile's side."""

    def __init__(self, layout: str, size: int):
        head, topology = load_builtin(layout), load_topology(layout)
        texels = HeadLayout(head, size)
        self._packing, self._covered = texels.packing, texels.covered
        self._padding = round(PADDING_SHARE * size)
        self._texels = SurfaceTexels(texels, texels.covered)
        parts = 2 * connected_components(head) + topology.no_match
        vertices = np.column_stack([head.vertices, _ELSEWHERE * parts])
        groups = _groups(vertices)
        self._mean = groups
        self._places = groups @ vertices
        across = self._places * (-1.0, 1.0, 1.0, 1.0)
        across[:, 3] = groups @ (_ELSEWHERE * parts[topology.mirror])
        self._covariance = _covariances(self._places, self._places, across)
        self._to_vertices = _covariances(vertices, self._places, across).astype(np.float32)
        # Eyes and what lies within are in a light of their own.
        skin = parts == np.bincount(parts).argmax()
        self._even_at_vertices = np.where(skin, np.tanh(head.vertices[:, 0] / _ACROSS), 0.0)[:, None]
        self._even = groups @ self._even_at_vertices

    def __call__(self, residual: np.ndarray, known: np.ndarray) -> np.ndarray:
        """(T, size, size, 3) float32, continued a little beyond the charts and 0 farther off.

        residual : (T, size, size, 3), what is known less the guess. known : (T, size, size), 0..1."""
        shown = self._joined(known)[self._covered]
        values, share = self._texels.at_vertices(self._joined(residual)[self._covered], shown)
        weight = self._mean @ share
        told = np.flatnonzero(weight > _LEAST_KNOWN)
        result = np.zeros((*self._covered.shape, 3), np.float32)
        if len(told):
            means = (self._mean[told] @ (share[:, None] * values)) / weight[told, None]
            own = _OWN**2 / weight[told]
            with single_blas_thread():
                at_vertices = self._likeliest(told, means, own)
            result[self._covered] = self._texels.interpolated(at_vertices)
            # Pictures are scaled and filtered across the charts' edges.
            result = pad_image(result, self._covered, self._padding)
        return np.stack(list(self._packing.split(result).values()))

    def _joined(self, tiles: np.ndarray) -> np.ndarray:
        return np.concatenate(list(tiles), axis=1)

    def _likeliest(self, told: np.ndarray, values: np.ndarray, own: np.ndarray) -> np.ndarray:
        """(V, 3) at the vertices, of (N, 3) values at the `told` places and the variance of what is their own alone."""
        matrix = self._covariance[np.ix_(told, told)] + np.diag(own)
        factor, even = cholesky(matrix, lower=True), self._even[told]
        white = solve_triangular(factor, np.column_stack([values, even]), lower=True)
        values_white, even_white = white[:, :3], white[:, 3:]
        products, load = even_white.T @ even_white, even_white.T @ values_white
        logs, slopes = [], []
        for shading in _SHADING:
            # Woodbury: the shading's slope is one more unknown.
            inner = 1.0 + shading**2 * products
            slopes.append(shading**2 * np.linalg.solve(inner, load))
            left = (values_white**2).sum() - (load * slopes[-1]).sum()
            logs.append(-1.5 * len(told) * np.log(max(left, 1e-30)) - 1.5 * np.linalg.slogdet(inner)[1])
        odds = np.exp(np.array(logs) - max(logs))
        slope = np.einsum("k,kij->ij", odds / odds.sum(), np.stack(slopes))
        weights = solve_triangular(factor, values_white - even_white @ slope, lower=True, trans=1)
        return self._to_vertices[:, told] @ weights.astype(np.float32) + self._even_at_vertices @ slope


def _groups(vertices: np.ndarray) -> sp.csr_matrix:
    """(G, V) sparse: means of the (V, 4) vertices that lie in the same cube."""
    side = _APART
    while True:
        cubes = np.floor(vertices / (side, side, side, 1.0))
        _, group = np.unique(cubes, axis=0, return_inverse=True)
        group = group.ravel()
        if group.max() < _MOST_PLACES:
            break
        side *= 1.1
    rows = sp.csr_matrix((np.ones(len(group)), (group, np.arange(len(group)))))
    return sp.diags(1.0 / np.asarray(rows.sum(axis=1)).ravel()) @ rows


def _covariances(points: np.ndarray, places: np.ndarray, across: np.ndarray) -> np.ndarray:
    """(N, G) between points (N, 4) and places (G, 4), which lie at (G, 4) on the other half."""
    waves = np.sqrt(3.0) * _TABLE / np.array(_LENGTHS)[:, None]
    # Matérn's covariance of smoothness 3/2.
    each = (1.0 + waves) * np.exp(-waves)
    own, alike = each.sum(axis=0), np.array(_ALIKE) @ each
    return np.interp(cdist(points, places), _TABLE, own, right=0.0) + np.interp(
        cdist(points, across), _TABLE, alike, right=0.0
    )
