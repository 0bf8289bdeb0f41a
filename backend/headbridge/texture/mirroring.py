"""Where a texture finds the other side of the head."""

from __future__ import annotations

import numpy as np

from ..baking.padding import pad_image
from ..mesh import Mesh
from ..mesh.udim import Tile
from ..metrics.uv_mirror import mirror_corners
from ..spatial.rasterise import rasterise_uv


def mirror_places(mesh: Mesh, mirror: np.ndarray, tiles: tuple[Tile, ...], size: int, padding: int) -> np.ndarray:
    """(T, size, size, 2) float32, the UVs across the midline for the texels of a mesh's layout, also for those at most
    `padding` texels beyond it; NaN farther out.

    mirror : (V,) partner vertices. Faces without a partner (an eyeball's, triangulated all round) stay as they are."""
    across = mirror_corners(mesh, mirror)
    across = np.where(across >= 0, across, np.arange(len(across)))
    layout, other = (uvs[mesh.triangle_corners].astype(np.float64) for uvs in (mesh.uvs, mesh.uvs[across]))
    places = np.empty((len(tiles), size, size, 2), np.float32)
    for number, tile in enumerate(tiles):
        raster = rasterise_uv(layout, size, tile)
        own = np.full((size, size, 2), np.nan, np.float32)
        covered = raster.covered
        own[covered] = np.einsum("nk,nkd->nd", raster.barycentrics[covered], other[raster.triangle[covered]])
        places[number] = pad_image(own, covered, padding)
    return places
