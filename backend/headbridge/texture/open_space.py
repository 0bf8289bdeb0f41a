"""The open texture space: principal components of MakeHuman's CC0 skins, each also mirrored, and of drawn features."""

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
from .principal_components import component_weights, principal_components
from .sampling import bilinear_matrix
from .space import TextureSpace, resized

NAME = "open"
# How far the stored pictures continue beyond the charts, as a share of their width.
PADDING_SHARE = 1.0 / 64.0
# The components are those of textures of this size, so that coefficients mean the same at any.
_REFERENCE = 128
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
    samples = _samples(stored, layout, size, without)
    weights = component_weights(_samples(stored, layout, _REFERENCE, without))
    areas = _pictures(stored["feature_jpeg"], stored["feature_ends"], 1, size)
    areas = (255.0 * areas - 128.0) / 127.0
    drawn = areas * stored["feature_sigmas"].T
    mean, components = principal_components(samples, room=drawn.shape[-1], weights=weights)
    mean, components = mean.reshape(shape), components.reshape(*shape, -1)
    mean = np.clip(mean + (areas * stored["feature_means"].T).sum(axis=-1), 0.0, 1.0)
    components[..., -drawn.shape[-1] :] = drawn
    skins = components.shape[-1] - drawn.shape[-1]
    labels = (*(f"skin {number + 1}" for number in range(skins)), *stored["feature_labels"].tolist())
    count = len(names) - len(without)
    note = f"Texture space: open, of {count} CC0 skins of MakeHuman, their mirror images and drawn features."
    return TextureSpace(layout, NAME, tiles, mean, components, labels, (note,))


def read_skins(layout: str, size: int) -> tuple[tuple[str, ...], tuple[Tile, ...], np.ndarray]:
    """Names of the N skins, the layout's T tiles, and (T, size, size, 3, N) float32 encoded sRGB 0..1."""
    stored = _stored(layout)
    return tuple(stored["names"].tolist()), _tiles(stored), _pictures(stored["jpeg"], stored["ends"], 3, size)


def _samples(stored: dict[str, np.ndarray], layout: str, size: int, without: frozenset[int]) -> np.ndarray:
    """`with_mirrored` of the skins but those numbered in `without`."""
    samples = with_mirrored(_pictures(stored["jpeg"], stored["ends"], 3, size), layout, _tiles(stored))
    count = len(stored["names"])
    kept = [number for number in range(samples.shape[1]) if number % count not in without]
    return samples[:, kept] if without else samples


def _stored(layout: str) -> dict[str, np.ndarray]:
    path = asset_path(f"texture_{layout}.npz")
    return read_arrays(read_file(path), str(path))


def _tiles(stored: dict[str, np.ndarray]) -> tuple[Tile, ...]:
    return tuple(map(tuple, stored["tiles"].tolist()))


def _pictures(jpeg: np.ndarray, ends: np.ndarray, channels: int, size: int) -> np.ndarray:
    """(T, size, size, channels, N) float32 0..1 of image files one behind the other that end at (N, T) bytes."""
    count, tiles = ends.shape
    pictures = np.empty((tiles, size, size, channels, count), np.float32)
    content = jpeg.tobytes()
    for number, (start, end) in enumerate(itertools.pairwise([0, *ends.ravel().tolist()])):
        picture, tile = divmod(number, tiles)
        pictures[tile, ..., picture] = resized(codec.decode(content[start:end]), size)
    pictures /= 255.0
    return pictures


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
