"""Whole textures of those that photos show in part."""

from __future__ import annotations

import numpy as np

from ...fitting.texturing.completion import complete, kept_share
from ...fitting.texturing.layout import HeadLayout
from ...progress import Progress
from ...topologies import load_builtin, load_topology
from ..inpainting.guess import likeliest_texture
from ..inpainting.hidden import guess_hidden
from ..inpainting.network import InpaintingNetwork
from ..load import load_texture_space


class TextureCompletion:
    """Fills in what is not known: what the other half of the face shows, else what a guess of the whole texture shows,
    both joined to what is known by Poisson's equation (`fitting.texturing.completion`).

    layout : "flame" or "hack"; size : texels along a tile's side. network : makes the guess; None takes the open
    texture space's likeliest texture."""

    def __init__(self, layout: str, size: int, network: InpaintingNetwork | None, device: str = "cpu"):
        self._topology = load_topology(layout)
        self._template = load_builtin(layout)
        self._layout = HeadLayout(self._template, size, device)
        self._size, self._network = size, network

    def __call__(self, pictures: np.ndarray, known: np.ndarray, progress: Progress) -> np.ndarray:
        """(T, S, S, 3) uint8 encoded sRGB of pictures (T, S, S, 3) uint8 and known (T, S, S) bool; colours continue
        beyond the charts."""
        progress.report(0.0, "Completing the texture")
        layout, strip = self._layout, self._layout.strip
        pictures = pictures.astype(np.float32) / np.float32(255.0)
        behind = strip.joined(dict(zip(strip.tiles, self._guess(pictures, known), strict=True)))
        picture = strip.joined(dict(zip(strip.tiles, pictures, strict=True)))
        seen = strip.joined(dict(zip(strip.tiles, known, strict=True))) & layout.covered
        share, trusted = kept_share(seen, layout)
        whole = complete(
            picture,
            share,
            trusted,
            layout,
            self._topology,
            self._template.vertices,
            behind,
            progress.part(0.3, 1.0),
        )
        images = layout.images(whole)
        return np.stack([np.rint(255.0 * images[tile].pixels).astype(np.uint8) for tile in strip.tiles])

    def _guess(self, pictures: np.ndarray, known: np.ndarray) -> np.ndarray:
        """(T, S, S, 3) encoded sRGB of the whole texture."""
        key = self._topology.key
        if self._network is None:
            space = load_texture_space("open", key, self._size)
            return np.clip(likeliest_texture(space, pictures, known.astype(np.float32)), 0.0, 1.0)
        tiles = self._layout.strip.tiles
        by_tile = (dict(zip(tiles, parts, strict=True)) for parts in (pictures, known))
        guess = guess_hidden(*by_tile, key, self._network)
        return np.stack([guess[tile] for tile in tiles])
