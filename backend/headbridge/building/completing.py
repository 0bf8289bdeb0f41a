"""Whole textures of those that photos show in part."""

from __future__ import annotations

import numpy as np

from ..progress import Progress
from ..texture.atlas.layout import HeadLayout
from ..texture.filling import Pictures, filled_in
from ..texture.inpainting.guess import likeliest_texture
from ..texture.inpainting.hidden import guess_hidden
from ..texture.inpainting.network import InpaintingNetwork
from ..texture.load import OPEN, load_texture_space
from ..topologies import load_builtin, load_topology


class TextureCompletion:
    """Fills in what is not known, of textures in one layout (`filling.filled_in`).

    layout : "flame" or "hack"; size : texels along a tile's side. network : makes the guess; None takes the likeliest
    texture of the texture space of that name."""

    def __init__(
        self, layout: str, size: int, network: InpaintingNetwork | None, device: str = "cpu", space: str = OPEN
    ):
        self._topology = load_topology(layout)
        self._layout = HeadLayout(load_builtin(layout), size, device)
        self._network = network
        self._space = load_texture_space(space, layout, size) if network is None else None

    def __call__(self, pictures: np.ndarray, known: np.ndarray, progress: Progress) -> np.ndarray:
        """(T, S, S, 3) uint8 encoded sRGB of pictures (T, S, S, 3) uint8 and known (T, S, S) bool; colours continue
        beyond the charts."""
        layout, packing = self._layout, self._layout.packing
        colours = dict(zip(packing.tiles, pictures.astype(np.float32) / np.float32(255.0), strict=True))
        seen = packing.joined(dict(zip(packing.tiles, known, strict=True))) & layout.covered
        images = layout.images(filled_in(colours, seen, layout, self._topology, self._guess, progress)[0])
        return np.stack([np.rint(255.0 * images[tile].pixels).astype(np.uint8) for tile in packing.tiles])

    def _guess(self, colours: Pictures, known: Pictures) -> Pictures:
        key = self._topology.key
        if self._network is not None:
            return guess_hidden(colours, known, key, self._network)
        pictures, shown = (np.stack([*tiles.values()]) for tiles in (colours, known))
        likeliest = likeliest_texture(self._space, pictures, shown.astype(np.float32))
        return dict(zip(colours, np.clip(likeliest, 0.0, 1.0), strict=True))
