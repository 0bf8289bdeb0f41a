"""Textures that users give: one square image for every tile of a head's layout."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..images import Image
from ..mesh import Mesh
from ..mesh.udim import Tile, occupied_tiles, tile_number, tile_numbers


def checked_size(images: dict[Tile, Image], known: dict[Tile, np.ndarray], template: Mesh) -> int:
    """Texels along the side of every tile of the template's layout; `InputError` where images or masks do not fit."""
    tiles = occupied_tiles(template)
    for what, given in (("image", images), ("mask", known)):
        missing = [tile for tile in tiles if tile not in given]
        if missing:
            raise InputError(
                f"The layout of '{template.name}' lies in UDIM tiles {tile_numbers(tiles)}, but there is no {what} for "
                f"{tile_numbers(missing)}; give one for every tile."
            )
    size = images[tiles[0]].height
    for tile in tiles:
        image = images[tile]
        if (image.height, image.width) != known[tile].shape:
            raise InputError(
                f"{image.name} has {image.width} x {image.height} texels, but its mask {known[tile].shape[1]} x "
                f"{known[tile].shape[0]}; give the mask that belongs to it."
            )
        if (image.height, image.width) != (size, size):
            raise InputError(
                f"{image.name} (tile {tile_number(tile)}) has {image.width} x {image.height} texels; the tiles of a "
                "head's layout are square and of one size."
            )
    return size


def colours_of(image: Image) -> np.ndarray:
    """(H, W, 3) float32 encoded sRGB 0..1."""
    pixels = np.clip(image.encoded_as("sRGB")[..., : image.colour_channels], 0.0, 1.0)
    return np.broadcast_to(pixels, (*pixels.shape[:2], 3)).astype(np.float32)
