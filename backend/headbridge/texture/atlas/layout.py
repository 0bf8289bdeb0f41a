"""The texels of a head's UV layout as places on the head."""

from __future__ import annotations

import numpy as np

from ...baking.padding import pad_image
from ...images import Image
from ...mesh import Mesh
from ...mesh.udim import Tile
from ...spatial.rasterise import rasterise_uv
from ..sampling import bilinear_matrix
from .packed_tiles import PackedTiles

# How far colours continue beyond the charts: 32 texels of 2048.
PADDING_SHARE = 1.0 / 64.0


class HeadLayout:
    """A head's layout, its K tiles side by side in one picture.

    template : the head with its UVs; size : texels along a tile's side; device : "cpu" or "cuda".

    shape : (size, K * size) of the picture. packing : the tiles. packed : the template with the tiles moved together.
    raster : what lies under the texels of `packed`.
    """

    def __init__(self, template: Mesh, size: int, device: str = "cpu"):
        self.device = device
        self.packing = PackedTiles.of(template)
        self.packed = self.packing.packed(template)
        self.shape = (size, size * len(self.packing.tiles))
        self.raster = rasterise_uv(self.triangles, self.shape, device=device)

    @property
    def triangles(self) -> np.ndarray:
        """(T, 3, 2) the triangles in the picture's UVs, 0..1."""
        return self.packed.uvs[self.packed.triangle_corners]

    @property
    def covered(self) -> np.ndarray:
        """(H, W) bool, texels with a place on the head."""
        return self.raster.covered

    def images(self, picture: np.ndarray) -> dict[Tile, Image]:
        """The tiles of an (H, W, 3) sRGB picture, their colours continued beyond the charts."""
        padding = round(PADDING_SHARE * self.shape[0])
        covered = self.packing.split(self.covered)
        return {
            tile: Image(pad_image(part, covered[tile], padding, self.device), encoded="sRGB", bits=8, name="texture")
            for tile, part in self.packing.split(picture).items()
        }

    def transferred(self, texture: np.ndarray, uvs: np.ndarray) -> np.ndarray:
        """(H, W, 3) a texture (R, R, 3) of another layout in this picture, 0 beside the charts.

        uvs : (C, 2) the other layout on the template's corners, its charts in the first tile."""
        result = np.zeros((*self.shape, texture.shape[2]), np.float32)
        weights = bilinear_matrix(self.places(uvs), ((0, 0),), len(texture))
        result[self.covered] = weights @ texture.reshape(-1, texture.shape[2])
        return result

    def places(self, uvs: np.ndarray) -> np.ndarray:
        """(N, 2) the covered texels' places in another layout, (C, 2) on the template's corners."""
        covered = self.covered
        corners = uvs[self.packed.triangle_corners].astype(np.float64)[self.raster.triangle[covered]]
        return np.einsum("nk,nkd->nd", self.raster.barycentrics[covered], corners)

    def pictured(self, uvs: np.ndarray) -> np.ndarray:
        """(H, W) bool, texels on charts of another layout, (C, 2) on the template's corners, that lie in the first tile:
        charts beside it, such as eyeballs', are no part of a picture of that layout."""
        inside = in_first_tile(uvs[self.packed.triangle_corners]).all(axis=1)
        return np.append(inside, False)[self.raster.triangle]

    def coverages(self, known: np.ndarray) -> dict[Tile, np.ndarray]:
        """The tiles of an (H, W) mask or share 0..1, as uint8."""
        return self.packing.split(np.rint(255.0 * known).astype(np.uint8))


def in_first_tile(uvs: np.ndarray) -> np.ndarray:
    """Bool, which UVs (..., 2) lie in the first tile."""
    return ((uvs >= 0.0) & (uvs <= 1.0)).all(axis=-1)
