"""The tiles of a layout side by side, so that a head of several tiles is one picture while it is worked on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...mesh import Mesh
from ...mesh.udim import Tile, occupied_tiles


@dataclass(frozen=True)
class PackedTiles:
    """tiles : (u, v) of the lower left corners, from left to right."""

    tiles: tuple[Tile, ...]

    @classmethod
    def of(cls, mesh: Mesh) -> PackedTiles:
        """The tiles that a mesh's layout lies in; `InputError` when it has none."""
        return cls(tuple(occupied_tiles(mesh)))

    def packed(self, mesh: Mesh) -> Mesh:
        """The mesh with its tiles moved together into 0..1."""
        centres = np.add.reduceat(mesh.uvs.astype(np.float64), mesh.face_starts, axis=0) / mesh.face_sizes[:, None]
        tiles = np.floor(centres).astype(np.int64)
        place = np.zeros(len(tiles), np.int64)
        for number, tile in enumerate(self.tiles):
            place[(tiles == tile).all(axis=1)] = number
        origins = np.asarray(self.tiles)[place]
        corners = np.repeat(np.arange(len(tiles)), mesh.face_sizes)
        uvs = mesh.uvs - origins[corners] + np.stack([place, np.zeros_like(place)], axis=1)[corners]
        return replace(mesh, uvs=uvs / (len(self.tiles), 1.0))

    def joined(self, pictures: dict[Tile, np.ndarray]) -> np.ndarray:
        """(H, K * W, ...) of the (H, W, ...) pictures of all K tiles."""
        return np.concatenate([pictures[tile] for tile in self.tiles], axis=1)

    def split(self, packing: np.ndarray) -> dict[Tile, np.ndarray]:
        """The pictures of the tiles again."""
        return dict(zip(self.tiles, np.split(packing, len(self.tiles), axis=1), strict=True))
