"""Texture spaces: linear models of skin in a UV layout."""

from .load import OPEN, load_texture_space
from .space import TextureSpace

__all__ = ["OPEN", "TextureSpace", "load_texture_space"]
