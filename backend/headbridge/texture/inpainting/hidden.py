"""The hidden parts of a texture."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import torch

from ...jobs.udim import Tile
from ...topologies import load_builtin, load_topology
from ...topologies.builtin import ASSETS, asset_path
from ..load import load_texture_space
from ..mirroring import mirror_places
from ..open_space import PADDING_SHARE
from ..sampling import bilinear_matrix
from ..space import TextureSpace
from ..stylegan.safetensors import read_safetensors
from .guess import likeliest_texture
from .network import InpaintingNetwork

SIZE = 256
"""Texels along a tile's side that the network works at."""
_ASSET = "inpainting.safetensors"


def guess_hidden(
    pictures: dict[Tile, np.ndarray],
    known: dict[Tile, np.ndarray],
    layout: str,
    network: InpaintingNetwork | None = None,
    space: TextureSpace | None = None,
) -> dict[Tile, np.ndarray]:
    """(S, S, 3) float32 encoded sRGB 0..1 of every tile: what the whole texture looks like, without its finest detail.

    pictures : (S, S, 3) encoded sRGB of the tiles of the layout "flame" or "hack"; known : (S, S), how far each texel
    is known, 0..1. network : None takes the one that ships. space : with tiles of `SIZE`; None takes the open one. Meant
    to lie behind the known texels (`fitting.texturing.completion.complete`)."""
    network = shipped_network() if network is None else network
    space = load_texture_space("open", layout, SIZE) if space is None else space
    small, shown = zip(*(at_network_size(pictures[tile], known[tile]) for tile in space.tiles))
    small, shown = np.stack(small), np.stack(shown)
    inputs = network_inputs(space, small, shown)
    with torch.no_grad():
        made = network(*(torch.from_numpy(np.ascontiguousarray(part.transpose(0, 3, 1, 2))) for part in inputs))
    made = made.clamp(0.0, 1.0).numpy().transpose(0, 2, 3, 1)
    side = next(iter(pictures.values())).shape[0]
    return {
        tile: cv2.resize(part, (side, side), interpolation=cv2.INTER_CUBIC).clip(0.0, 1.0)
        for tile, part in zip(space.tiles, made, strict=True)
    }


def network_inputs(space: TextureSpace, pictures: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, ...]:
    """What the network is given for a space's tiles: pictures, known, the same across the midline, and the space's guess;
    each (T, SIZE, SIZE, C) float32 of pictures (T, SIZE, SIZE, 3) and known (T, SIZE, SIZE).

    Across the midline is the guess, changed as it would have to be on the other side."""
    guess = np.clip(likeliest_texture(space, pictures, known), 0.0, 1.0)
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


def is_shipped() -> bool:
    """Whether this installation has a trained network."""
    return (ASSETS / _ASSET).is_file()


@lru_cache(maxsize=1)
def shipped_network() -> InpaintingNetwork:
    """The network trained on the open texture space. Shared."""
    path = asset_path(_ASSET)
    tensors = read_safetensors(path.read_bytes(), path)
    network = InpaintingNetwork()
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return network.eval().requires_grad_(False)


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


def at_network_size(picture: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A tile at the network's size: (SIZE, SIZE, 3) means of what is known, and (SIZE, SIZE) how far texels are known.

    picture : (S, S, 3); known : (S, S), 0..1."""
    known = known.astype(np.float32)
    how = cv2.INTER_AREA if picture.shape[0] >= SIZE else cv2.INTER_LINEAR
    shown = cv2.resize(known, (SIZE, SIZE), interpolation=how)
    total = cv2.resize(picture.astype(np.float32) * known[..., None], (SIZE, SIZE), interpolation=how)
    return total / np.maximum(shown, 1e-6)[..., None], shown
