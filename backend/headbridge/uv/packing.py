"""Finds room in a layout for charts that have no place of their own."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_cdt

from ..spatial.rasterise import rasterise_uv

# Room is looked for on a grid of so many cells a tile; a cell lies between charts.
_CELLS = 512
_MARGIN = 2
# Charts that find no room are made smaller by this factor, all alike, so that eyes stay as large as each other.
_SHRINK = 0.8
_TRIES = 40


def pack_charts(
    placed: np.ndarray,
    tiles: list[tuple[int, int]],
    charts: list[np.ndarray],
    lengths: list[float],
    scale: float,
    device: str,
) -> list[tuple[float, np.ndarray]] | None:
    """Where to put each chart: UV = factor * its own coordinates + offset (2,); None where there is no room at all.

    placed : (T, 3, 2) triangles that are there; tiles : the UDIM tiles that may be filled; charts : per chart its
    (T_c, 3, 2) triangles in its own coordinates; lengths : per chart how long one of its units is in space; scale : wanted
    UV length of one unit of space.
    """
    taken = {tile: rasterise_uv(placed, _CELLS, tile, device).triangle >= 0 for tile in tiles}
    for attempt in range(_TRIES):
        factors = [scale * length * _SHRINK**attempt for length in lengths]
        found = _place(taken, charts, factors)
        if found is not None:
            return found
    return None


def _place(taken: dict, charts: list[np.ndarray], factors: list[float]) -> list[tuple[float, np.ndarray]] | None:
    taken = {tile: cells.copy() for tile, cells in taken.items()}
    out: list[tuple[float, np.ndarray]] = [(0.0, np.zeros(2))] * len(charts)
    sizes = [np.ptp(chart.reshape(-1, 2), axis=0) * factor for chart, factor in zip(charts, factors)]
    for k in sorted(range(len(charts)), key=lambda k: -sizes[k].max()):
        # The chart lies in the middle of a square of cells that is free with a margin.
        cells = int(np.ceil(sizes[k].max() * _CELLS)) + 2 * _MARGIN
        spot = _free_square(taken, cells)
        if spot is None:
            return None
        tile, row, column = spot
        taken[tile][row : row + cells, column : column + cells] = True
        middle = np.array([tile[0] + (column + cells / 2) / _CELLS, tile[1] + 1.0 - (row + cells / 2) / _CELLS])
        low, high = charts[k].reshape(-1, 2).min(axis=0), charts[k].reshape(-1, 2).max(axis=0)
        out[k] = (factors[k], middle - factors[k] * 0.5 * (low + high))
    return out


def _free_square(taken: dict, cells: int) -> tuple[tuple[int, int], int, int] | None:
    """The first free square of so many cells, tile by tile from the top left."""
    for tile, grid in taken.items():
        if cells > _CELLS:
            continue
        # Chessboard distance to the nearest taken cell: a square of odd size n fits around cells n // 2 + 1 away.
        room = distance_transform_cdt(np.pad(~grid, 1), metric="chessboard")[1:-1, 1:-1]
        half = cells // 2
        rows, columns = np.nonzero(room > half)
        if len(rows):
            return tile, int(rows[0]) - half, int(columns[0]) - half
    return None
