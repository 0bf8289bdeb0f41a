"""Which part of a UV layout more than one triangle claims."""

from __future__ import annotations

import numpy as np

from ..spatial.rasterise import rasterise_uv


def uv_tiles(uvs: np.ndarray) -> list[tuple[int, int]]:
    """The UDIM tiles, as whole (u, v) offsets, that (T, 3, 2) triangles reach into, in order of rows and columns."""
    low = np.floor(uvs.min(axis=1)).astype(np.int64)
    # A corner on the far edge of a tile does not reach into the next one.
    high = np.maximum(low, np.ceil(uvs.max(axis=1)).astype(np.int64) - 1)
    spans = set(map(tuple, np.concatenate([low, high], axis=1).tolist()))
    tiles = {(u, v) for u0, v0, u1, v1 in spans for u in range(u0, u1 + 1) for v in range(v0, v1 + 1)}
    return sorted(tiles, key=lambda tile: tile[::-1])


def covered_texels(uvs: np.ndarray, size: int, device: str = "cpu") -> tuple[int, int]:
    """How many texel centres of all UDIM tiles, `size` by `size` each, (T, 3, 2) triangles cover: at all, and more than
    once."""
    covered = twice = 0
    for tile in uv_tiles(uvs):
        count = rasterise_uv(uvs, size, tile, device=device).count
        covered += int((count > 0).sum())
        twice += int((count > 1).sum())
    return covered, twice


def overlapping_triangles(uvs: np.ndarray, size: int, device: str = "cpu") -> np.ndarray:
    """(T,) bool, which of (T, 3, 2) triangles cover a texel centre that another one covers too."""
    found = np.zeros(len(uvs), bool)
    for tile in uv_tiles(uvs):
        shared = rasterise_uv(uvs, size, tile, device=device).count > 1
        # The raster names one triangle a texel: those found are lifted off until no other lies below.
        left = np.arange(len(uvs)) if shared.any() else np.zeros(0, np.int64)
        while len(left):
            owner = rasterise_uv(uvs[left], size, tile, device=device).triangle[shared]
            seen = np.unique(owner[owner >= 0])
            if not len(seen):
                break
            found[left[seen]] = True
            left = np.delete(left, seen)
    return found
