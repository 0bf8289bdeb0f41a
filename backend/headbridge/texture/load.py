"""Texture spaces by name."""

from __future__ import annotations

from ..errors import InputError
from .open_space import NAME as OPEN
from .open_space import load_open_space
from .space import TextureSpace

LAYOUTS = ("flame", "hack")
SIZES = (64, 1024)
"""Smallest and largest tiles."""


def load_texture_space(name: str = OPEN, layout: str = "flame", size: int = 512) -> TextureSpace:
    """The texture space `name` in the UV layout of the built-in head "flame" or "hack".

    size : texels along a tile's side. Raises `InputError` for a name, layout or size that is not offered."""
    if layout not in LAYOUTS:
        raise InputError(f"There are no textures in the layout '{layout}'; choose one of {', '.join(LAYOUTS)}.")
    if not SIZES[0] <= size <= SIZES[1]:
        raise InputError(f"A texture space has tiles of {SIZES[0]} to {SIZES[1]} texels, not {size}.")
    if name == OPEN:
        return load_open_space(layout, size)
    raise InputError(f"There is no texture space '{name}'; choose one of {OPEN}.")
