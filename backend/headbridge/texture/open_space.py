"""The open texture space: principal components of MakeHuman's CC0 skins, each also mirrored, and of drawn features."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np
import scipy.sparse as sp

from ..images import codec
from ..memory import check_memory
from ..mesh.io.files import read_file
from ..mesh.io.npz import read_arrays
from ..mesh.udim import Tile
from ..topologies import load_builtin, load_topology
from ..topologies.builtin import asset_path
from .mirroring import mirror_places
from .principal_components import component_weights
from .sampling import bilinear_matrix
from .space import TextureSpace, resized

NAME = "open"
# How far the stored pictures continue beyond the charts, as a share of their width.
PADDING_SHARE = 1.0 / 64.0
# The components are those of textures of this size, so that coefficients mean the same at any.
_REFERENCE = 128
# Texels that fit into a processor's cache with all they are made of.
_TEXELS = 2048
# Samples, centred samples, components: what a texel's colour takes for each.
_FLOATS = 3


@lru_cache(maxsize=2)
def load_open_space(layout: str, size: int) -> TextureSpace:
    """The open space in the layout "flame" or "hack", with tiles of `size` texels a side. Shared; read-only."""
    space = make_open_space(layout, size)
    space.mean.setflags(write=False)
    space.components.setflags(write=False)
    return space


def make_open_space(layout: str, size: int, without: frozenset[int] = frozenset()) -> TextureSpace:
    """The open space of all skins but those numbered in `without` (from 0), to judge or train on the others.

    Coefficients give the same texture at every size."""
    stored = _stored(layout)
    tiles, names = _tiles(stored), stored["names"].tolist()
    shape = (len(tiles), size, size, 3)
    check_memory(2 * len(names) * _FLOATS * 4 * math.prod(shape), f"The open texture space in tiles of {size}")
    kept = [number for number in range(len(names)) if number not in without]
    skins = _decoded(stored["jpeg"], stored["ends"], kept)
    weights = component_weights(with_mirrored(_pictures(skins, _REFERENCE), layout, tiles))
    areas = _pictures(_decoded(stored["feature_jpeg"], stored["feature_ends"]), size)
    areas = (255.0 * areas - 128.0) / 127.0
    drawn = areas.shape[-1]
    mean, components = _components(_pictures(skins, size), layout, tiles, weights, drawn)
    np.multiply(areas, stored["feature_sigmas"].T, out=components[..., -drawn:])
    mean = np.clip(mean + areas[..., 0, :] @ stored["feature_means"], 0.0, 1.0)
    labels = (*(f"skin {k + 1}" for k in range(weights.shape[1])), *stored["feature_labels"].tolist())
    note = f"Texture space: open, of {len(kept)} CC0 skins of MakeHuman, their mirror images and drawn features."
    return TextureSpace(layout, NAME, tiles, mean, components, labels, (note,))


def _components(
    pictures: np.ndarray, layout: str, tiles: tuple[Tile, ...], weights: np.ndarray, room: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (T, size, size, 3) and components (T, size, size, 3, K + room) of N skins (T, size, size, 3, N) and their
    mirror images, by (2 N, K) `component_weights` of these; the last `room` components are for the caller to fill."""
    shape, count = pictures.shape[:4], pictures.shape[-1]
    known, across = _mirroring(layout, tiles, shape[1])
    texels = pictures.reshape(-1, 3, count)
    # The mean is one more product: weights of components are without the samples' mean.
    weights = np.concatenate([weights - weights.mean(axis=0), np.full((2 * count, 1), 0.5 / count, np.float32)], axis=1)
    mean = np.zeros((len(texels), 3), np.float32)
    components = np.zeros((len(texels), 3, weights.shape[1] - 1 + room), np.float32)
    flat = texels.reshape(len(texels), -1)
    for start in range(0, len(known), _TEXELS):
        rows = known[start : start + _TEXELS]
        mirrored = (across[start : start + _TEXELS] @ flat).reshape(-1, count)
        own = texels[rows].reshape(-1, count)
        made = (own @ weights[:count] + mirrored @ weights[count:]).reshape(len(rows), 3, -1)
        components[rows, :, : made.shape[2] - 1], mean[rows] = made[..., :-1], made[..., -1]
    return mean.reshape(shape), components.reshape(*shape, -1)


def read_skins(layout: str, size: int) -> tuple[tuple[str, ...], tuple[Tile, ...], np.ndarray]:
    """Names of the N skins, the layout's T tiles, and (T, size, size, 3, N) float32 encoded sRGB 0..1."""
    stored = _stored(layout)
    return tuple(stored["names"].tolist()), _tiles(stored), _pictures(_decoded(stored["jpeg"], stored["ends"]), size)


def _stored(layout: str) -> dict[str, np.ndarray]:
    path = asset_path(f"texture_{layout}.npz")
    return read_arrays(read_file(path), str(path))


def _tiles(stored: dict[str, np.ndarray]) -> tuple[Tile, ...]:
    return tuple(map(tuple, stored["tiles"].tolist()))


def _decoded(content: np.ndarray, ends: np.ndarray, only: list[int] | None = None) -> list[list[np.ndarray]]:
    """N pictures of T tiles, (S, S, C) uint8, of image files one behind the other that end at (N, T) bytes, or those
    `only` numbers."""
    count, tiles = ends.shape
    bounds = [*itertools.pairwise([0, *ends.ravel().tolist()])]
    return [
        [codec.decode(content[start:end].tobytes()) for start, end in bounds[tiles * number : tiles * (number + 1)]]
        for number in (range(count) if only is None else only)
    ]


def _pictures(decoded: list[list[np.ndarray]], size: int) -> np.ndarray:
    """(T, size, size, C, N) float32 0..1 of N pictures of T tiles."""
    planes = np.array([[resized(tile, size) for tile in picture] for picture in decoded])
    pictures = np.moveaxis(planes, 0, -1).astype(np.float32, order="C")
    pictures /= 255.0
    return pictures


def with_mirrored(pictures: np.ndarray, layout: str, tiles: tuple[Tile, ...]) -> np.ndarray:
    """(T * size * size * 3, 2 N) float32: N textures (T, size, size, 3, N) and their mirror images. Texels farther
    beyond the charts than pictures are padded are 0."""
    count = pictures.shape[-1]
    known, across = _mirroring(layout, tiles, pictures.shape[1])
    texels = pictures.reshape(-1, 3 * count)
    samples = np.zeros((len(texels), 3, 2 * count), np.float32)
    samples[known, :, :count] = texels[known].reshape(-1, 3, count)
    samples[known, :, count:] = (across @ texels).reshape(-1, 3, count)
    return samples.reshape(-1, 2 * count)


def _mirroring(layout: str, tiles: tuple[Tile, ...], size: int) -> tuple[np.ndarray, sp.csr_matrix]:
    """(M,) the texels, numbered as in `bilinear_matrix`, that lie on the head or just beside its charts, and (M, texels)
    what they are made of in the mirror image."""
    places = mirror_places(load_builtin(layout), load_topology(layout).mirror, tiles, size, round(PADDING_SHARE * size))
    places = places.reshape(-1, 2)
    known = np.flatnonzero(np.isfinite(places[:, 0]))
    return known, bilinear_matrix(places[known], tiles, size)
