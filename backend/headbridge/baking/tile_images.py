"""Which image belongs to which tile of a layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.udim import PLACEHOLDER, Tile, occupied_tiles, tile_numbers

if TYPE_CHECKING:
    # OpenCV takes a moment to load, so naming the checks does without.
    from ..images import Image


def check_images(images: dict[Tile, Image], source: Mesh) -> tuple[dict[Tile, Image], list[str]]:
    """The images by the tile of the source's layout they belong to, and notes for the user.

    A single one, of tile (0, 0), serves a layout that lies in one tile, whichever that is, and of a layout in several
    the first. Raises `InputError` when one of several images is missing."""
    tiles = occupied_tiles(source)
    single = list(images) == [(0, 0)]
    if single and len(tiles) == 1:
        return {tiles[0]: images[0, 0]}, []
    missing = [tile for tile in tiles if tile not in images]
    if missing and not (single and (0, 0) in tiles):
        raise InputError(
            f"The layout of '{source.name}' lies in UDIM tiles {tile_numbers(tiles)}, but there is no image for "
            f"{tile_numbers(missing)}; give one for every tile, with {PLACEHOLDER} in place of its number."
        )
    notes = []
    if missing:
        notes.append(
            f"The image was used for UDIM tile {tile_numbers(images)} of '{source.name}' alone: what its layout has in "
            f"{tile_numbers(missing)} took the colours next to it."
        )
    return {tile: images[tile] for tile in tiles if tile in images}, notes
