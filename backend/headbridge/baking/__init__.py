"""Texture baking: carries images from one UV layout to another."""

from .rasterise import UvRaster, rasterise_uv

__all__ = ["UvRaster", "rasterise_uv"]
