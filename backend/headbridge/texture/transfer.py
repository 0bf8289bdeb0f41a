"""A texture space in the layout of another head."""

from __future__ import annotations

import numpy as np

from ..baking.correspondence import find_correspondence
from ..baking.job import BakeInput, BakeSettings
from ..baking.padding import pad_image
from ..baking.pieces import cut_triangle
from ..mesh.udim import occupied_tiles
from ..progress import Progress
from ..spatial.rasterise import rasterise_uv
from ..topologies import load_builtin
from .sampling import bilinear_matrix
from .space import TextureSpace


def transferred_space(space: TextureSpace, layout: str, progress: Progress | None = None) -> TextureSpace:
    """The space in the layout of another built-in head: every texel takes mean and components from where its point lies
    on the space's own head (`baking.correspondence`), or from its nearest texel that has such a place."""
    source, target = load_builtin(space.layout), load_builtin(layout)
    places = find_correspondence(BakeInput(source, {}, target), BakeSettings(), progress or Progress())
    weights, pieces = cut_triangle(round(places.matched.shape[1] ** 0.5))
    triangles = target.uvs[target.triangle_corners].astype(np.float64)
    cut = np.einsum("pk,tkd->tpd", weights, triangles)[:, pieces].reshape(-1, 3, 2)
    matched = places.matched.reshape(-1)
    cut, origins = cut[matched], places.source_uvs.reshape(-1, 3, 2)[matched]
    tiles, size = tuple(occupied_tiles(target)), space.size
    mean = np.empty((len(tiles), size, size, 3), np.float32)
    components = np.empty((*mean.shape, space.count), np.float32)
    for number, tile in enumerate(tiles):
        raster = rasterise_uv(cut, size, tile)
        known = raster.covered
        uvs = np.zeros((size, size, 2), np.float32)
        uvs[known] = np.einsum("nk,nkd->nd", raster.barycentrics[known], origins[raster.triangle[known]])
        matrix = bilinear_matrix(pad_image(uvs, known, size).reshape(-1, 2), space.tiles, space.size)
        mean[number] = (matrix @ space.mean.reshape(-1, 3)).reshape(size, size, 3)
        components[number] = (matrix @ space.components.reshape(-1, 3 * space.count)).reshape(components[number].shape)
    note = f"{space.name}: transferred from the layout of {source.name} to that of {target.name}."
    return TextureSpace(layout, space.name, tiles, mean, components, space.labels, (*space.notes, note))
