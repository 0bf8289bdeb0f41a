"""The open texture space: MakeHuman's CC0 skins, each also mirrored, and their principal components."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np

from ..images import codec
from ..images.memory import check_memory
from ..jobs.udim import Tile
from ..mesh.io.files import read_file
from ..mesh.io.npz import read_arrays
from ..topologies import load_builtin, load_topology
from ..topologies.builtin import asset_path
from .mirroring import mirror_places
from .principal_components import principal_components
from .sampling import bilinear_matrix
from .space import TextureSpace, resized

NAME = "open"
# How far the stored pictures continue beyond the charts, as a share of their width.
PADDING_SHARE = 1.0 / 64.0
# Samples, centred samples, components: what a texel's colour takes for each.
_FLOATS = 3


@lru_cache(maxsize=2)
def load_open_space(layout: str, size: int) -> TextureSpace:
    """The open space in the layout "flame" or "hack", with tiles of `size` texels a side. Shared; read-only."""
    names, tiles, pictures = read_skins(layout, size)
    mean, components = principal_components(with_mirrored(pictures, layout, tiles))
    shape = (len(tiles), size, size, 3)
    mean, components = mean.reshape(shape), components.reshape(*shape, -1)
    mean.setflags(write=False)
    components.setflags(write=False)
    note = f"Texture space: open, of {len(names)} CC0 skins of MakeHuman and their mirror images."
    return TextureSpace(layout, NAME, tiles, mean, components, (note,))


def read_skins(layout: str, size: int) -> tuple[tuple[str, ...], tuple[Tile, ...], np.ndarray]:
    """Names of the N skins, the layout's T tiles, and (T, size, size, 3, N) float32 encoded sRGB 0..1."""
    path = asset_path(f"texture_{layout}.npz")
    stored = read_arrays(read_file(path), str(path))
    tiles, names = tuple(map(tuple, stored["tiles"].tolist())), tuple(stored["names"].tolist())
    shape = (len(tiles), size, size, 3, len(names))
    check_memory(2 * _FLOATS * 4 * math.prod(shape), f"The open texture space in tiles of {size}")
    content, ends = stored["jpeg"].tobytes(), stored["ends"].ravel().tolist()
    pictures = np.empty(shape, np.float32)
    for number, (start, end) in enumerate(itertools.pairwise([0, *ends])):
        skin, tile = divmod(number, len(tiles))
        pictures[tile, ..., skin] = resized(codec.decode(content[start:end]), size)
    pictures /= 255.0
    return names, tiles, pictures


def with_mirrored(pictures: np.ndarray, layout: str, tiles: tuple[Tile, ...]) -> np.ndarray:
    """(T * size * size * 3, 2 N) float32: N textures (T, size, size, 3, N) and their mirror images. Texels farther
    beyond the charts than pictures are padded are 0."""
    size, count = pictures.shape[1], pictures.shape[-1]
    places = mirror_places(load_builtin(layout), load_topology(layout).mirror, tiles, size, round(PADDING_SHARE * size))
    known = np.flatnonzero(np.isfinite(places[..., 0]))
    texels = pictures.reshape(-1, 3 * count)
    samples = np.zeros((len(texels), 3, 2 * count), np.float32)
    mirrored = bilinear_matrix(places.reshape(-1, 2)[known], tiles, size) @ texels
    samples[known, :, :count] = texels[known].reshape(-1, 3, count)
    samples[known, :, count:] = mirrored.reshape(-1, 3, count)
    return samples.reshape(-1, 2 * count)
