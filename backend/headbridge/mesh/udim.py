"""UDIM tiles: squares of a UV layout beyond 0..1, each with an image of its own, numbered from 1001 in rows of ten."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..errors import InputError
from .mesh import Mesh
from .uv_layout import check_uvs, signed_areas

PLACEHOLDER = "<UDIM>"
"""Stands for the number of the tile in a file name."""

Tile = tuple[int, int]
"""(u, v) of a tile's lower left corner."""

_COLUMNS = 10
_LAST_ROW = 899


def tile_number(tile: Tile) -> int:
    """1001 for (0, 0), 1002 for (1, 0), 1011 for (0, 1)."""
    return 1001 + tile[0] + _COLUMNS * tile[1]


def tile_numbers(tiles: Iterable[Tile]) -> str:
    """The tiles' numbers for a message: "1001, 1003"."""
    return ", ".join(str(tile_number(tile)) for tile in tiles)


def occupied_tiles(mesh: Mesh) -> list[Tile]:
    """The tiles that triangles of a mesh's layout lie in with their centres, by number; triangles without area in the
    layout do not count.

    Raises `InputError` when the mesh has no UVs, a layout without area, or lies where there are no tiles."""
    check_uvs(mesh)
    uvs = mesh.uvs[mesh.triangle_corners].astype(np.float64)
    centres = uvs[signed_areas(uvs) != 0.0].mean(axis=1)
    if not len(centres):
        raise InputError(f"The UVs of {mesh.name} cover no area; unwrap it again.")
    tiles = np.unique(np.floor(centres).astype(np.int64), axis=0)
    columns, rows = tiles.T
    if columns.min() < 0 or rows.min() < 0:
        raise InputError(
            f"{mesh.name} has negative UVs (down to {centres.min():.4g}), where there is no UDIM tile; move its layout "
            "to u and v above 0."
        )
    if columns.max() >= _COLUMNS or rows.max() > _LAST_ROW:
        raise InputError(
            f"{mesh.name} has UVs up to u = {centres[:, 0].max():.4g}, v = {centres[:, 1].max():.4g}, but tiles end at "
            f"u = {_COLUMNS}, v = {_LAST_ROW + 1}; move its layout to u below {_COLUMNS}."
        )
    return sorted(map(tuple, tiles.tolist()), key=tile_number)


def tile_paths(pattern: str, tiles: Iterable[Tile], whose: str) -> dict[Tile, str]:
    """The file of every tile; `InputError` when there are several and `pattern` has no placeholder for their numbers.

    whose : what the tiles belong to, for the message."""
    tiles = list(tiles)
    if len(tiles) > 1 and PLACEHOLDER not in pattern:
        stem, dot, suffix = pattern.rpartition(".")
        fix = f"{stem}_{PLACEHOLDER}{dot}{suffix}"
        raise InputError(
            f"{pattern}: {whose} lies in {len(tiles)} UDIM tiles ({tile_numbers(tiles)}), each with an image of its "
            f"own; put {PLACEHOLDER} into the name: {fix}"
        )
    return {tile: pattern.replace(PLACEHOLDER, str(tile_number(tile))) for tile in tiles}
