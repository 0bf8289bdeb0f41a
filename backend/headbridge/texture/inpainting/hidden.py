"""The hidden parts of a texture."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import torch

from ...mesh.udim import Tile
from ...safetensors import read_safetensors
from ...topologies import load_builtin, load_topology
from ...topologies.builtin import asset_path
from ..load import load_texture_space
from ..mirroring import mirror_places
from ..open_space import PADDING_SHARE
from ..sampling import bilinear_matrix
from ..space import TextureSpace, resized
from .guess import likeliest_texture
from .kriging import ResidualKriging
from .network import InpaintingNetwork

SIZE = 256
"""Texels along a tile's side that the network works at."""
# The space shows details of this size at most: larger ones take much memory.
_DETAIL_SIZE = 512
_ASSET = "inpainting.safetensors"


def guess_hidden(
    pictures: dict[Tile, np.ndarray],
    known: dict[Tile, np.ndarray],
    layout: str,
    network: InpaintingNetwork | None,
    spaces: tuple[TextureSpace, TextureSpace] | None = None,
) -> dict[Tile, np.ndarray]:
    """(S, S, 3) float32 encoded sRGB 0..1 of every tile: what the whole texture looks like, without its finest detail.

    pictures : (S, S, 3) encoded sRGB of the tiles of the layout "flame" or "hack"; known : (S, S), how far each texel
    is known, 0..1. network : what corrects the space's guess beyond what kriging tells of it; None leaves it at that.
    spaces : with tiles of `SIZE`, and one that shows more detail; None takes the open one. Meant to lie behind the known texels (`texture.atlas.completion.complete`)."""
    side = next(iter(pictures.values())).shape[0]
    if spaces is None:
        sizes = (SIZE, min(max(side, SIZE), _DETAIL_SIZE))
        spaces = tuple(load_texture_space("open", layout, size) for size in sizes)
    inputs = network_inputs(spaces[0], *_scaled(pictures, known, spaces[0]))
    made = inputs[-1]
    if network is not None:
        tensors = (torch.from_numpy(np.ascontiguousarray(part.transpose(0, 3, 1, 2))) for part in inputs)
        with torch.no_grad():
            made = network(*tensors).numpy().transpose(0, 2, 3, 1)
    fine = likeliest_texture(spaces[1], *_scaled(pictures, known, spaces[1]))
    changes = (part - resized(guess, SIZE) for part, guess in zip(made, fine))
    return {
        tile: (_enlarged(guess, side) + _enlarged(change, side)).clip(0.0, 1.0)
        for tile, guess, change in zip(spaces[0].tiles, fine, changes, strict=True)
    }


def _scaled(pictures: dict[Tile, np.ndarray], known: dict[Tile, np.ndarray], space: TextureSpace):
    """(T, R, R, 3) pictures and (T, R, R) known in the size of a space."""
    parts = (scaled_known(pictures[tile], known[tile], space.size) for tile in space.tiles)
    return tuple(np.stack(part) for part in zip(*parts, strict=True))


def _enlarged(picture: np.ndarray, side: int) -> np.ndarray:
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)


def network_inputs(space: TextureSpace, pictures: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, ...]:
    """What the network is given for a space's tiles: pictures, known, the same across the midline, and the space's
    guess with what the known texels tell that it lacks; each (T, SIZE, SIZE, C) float32 of pictures (T, SIZE, SIZE, 3)
    and known (T, SIZE, SIZE).

    Across the midline is the guess, changed as it would have to be on the other side."""
    guess = np.clip(likeliest_texture(space, pictures, known), 0.0, 1.0)
    guess = np.clip(guess + _kriging(space.layout)(pictures - guess, known), 0.0, 1.0)
    across = _mirror_matrix(space.layout)
    shown = known.reshape(-1, 1).astype(np.float32)
    mirror_known = across @ shown
    lacking = (pictures - guess).reshape(-1, 3) * shown
    mirrored = guess.reshape(-1, 3) + (across @ lacking) / np.maximum(mirror_known, 1e-6)
    return (
        pictures.astype(np.float32),
        known[..., None].astype(np.float32),
        mirrored.reshape(pictures.shape).astype(np.float32),
        mirror_known.reshape(*known.shape, 1).astype(np.float32),
        guess,
    )


@lru_cache(maxsize=1)
def shipped_network() -> InpaintingNetwork:
    """The network trained on the open texture space. Shared."""
    path = asset_path(_ASSET)
    tensors = read_safetensors(path.read_bytes(), path)
    network = InpaintingNetwork()
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return network.eval().requires_grad_(False)


@lru_cache(maxsize=2)
def _kriging(layout: str) -> ResidualKriging:
    return ResidualKriging(layout, SIZE)


@lru_cache(maxsize=2)
def _mirror_matrix(layout: str):
    """(T * SIZE², T * SIZE²) float32: every texel's colour across the midline; rows of texels off the charts are 0."""
    mesh, topology = load_builtin(layout), load_topology(layout)
    tiles = load_texture_space("open", layout, SIZE).tiles
    places = mirror_places(mesh, topology.mirror, tiles, SIZE, round(PADDING_SHARE * SIZE)).reshape(-1, 2)
    there = np.isfinite(places[:, 0])
    matrix = bilinear_matrix(np.where(there[:, None], places, 0.0), tiles, SIZE)
    matrix.data *= np.repeat(there.astype(np.float32), 4)
    return matrix


def scaled_known(picture: np.ndarray, known: np.ndarray, size: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """A tile in another size: (size, size, 3) means of what is known, and (size, size) how far texels are known.

    picture : (S, S, 3); known : (S, S), 0..1."""
    known = known.astype(np.float32)
    how = cv2.INTER_AREA if picture.shape[0] >= size else cv2.INTER_LINEAR
    shown = cv2.resize(known, (size, size), interpolation=how)
    total = cv2.resize(picture.astype(np.float32) * known[..., None], (size, size), interpolation=how)
    return total / np.maximum(shown, 1e-6)[..., None], shown
