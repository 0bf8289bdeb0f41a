"""Bilinear sampling of pictures in UDIM tiles, as a matrix, so that any number of channels costs one product."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..mesh.udim import Tile


def bilinear_matrix(uvs: np.ndarray, tiles: tuple[Tile, ...], size: int) -> sp.csr_matrix:
    """(N, T * size * size) float32 weights of the texels of T tiles at (N, 2) UVs.

    Texels are numbered tile by tile and row by row from the top; texel (r, c) has its centre at
    u = (c + 0.5) / size, v = 1 - (r + 0.5) / size of its tile, and beyond the outermost centres the border texels go on.
    UVs outside all tiles belong to the nearest."""
    uvs = np.asarray(uvs, np.float64).reshape(-1, 2)
    origins = np.asarray(tiles, np.float64)
    beyond = np.maximum(np.abs(uvs[:, None] - (origins + 0.5)).max(axis=2) - 0.5, 0.0)
    tile = np.argmin(beyond, axis=1)
    places = np.clip(uvs - origins[tile], 0.0, 1.0) * size
    column = np.clip(places[:, 0] - 0.5, 0.0, size - 1.0)
    row = np.clip(size - places[:, 1] - 0.5, 0.0, size - 1.0)
    left = np.minimum(np.floor(column).astype(np.int64), max(size - 2, 0))
    above = np.minimum(np.floor(row).astype(np.int64), max(size - 2, 0))
    across, down = column - left, row - above
    step = min(size - 1, 1)
    first = (tile * size + above) * size + left
    indices = np.stack([first, first + step, first + step * size, first + step * (size + 1)], axis=1)
    weights = np.stack(
        [(1.0 - across) * (1.0 - down), across * (1.0 - down), (1.0 - across) * down, across * down], axis=1
    )
    shape = (len(uvs), len(tiles) * size * size)
    return sp.csr_matrix(
        (weights.astype(np.float32).ravel(), indices.ravel(), np.arange(0, 4 * len(uvs) + 1, 4)), shape=shape
    )
