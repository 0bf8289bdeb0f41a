"""Texture spaces: linear models of skin in a UV layout."""

from ..on_demand import on_demand

__all__ = ["OPEN", "TextureSpace", "load_texture_space"]

__getattr__ = on_demand(__name__, {"OPEN": "load", "TextureSpace": "space", "load_texture_space": "load"})
