"""Texture baking: carries images from one UV layout to another."""

from .bake import bake
from .job import BakeInput, BakeResult, BakeSettings
from .padding import pad_image
from .rasterise import UvRaster, rasterise_uv
from .sampling import sample_image
from .transfer_texture import transfer_texture

__all__ = [
    "BakeInput",
    "BakeResult",
    "BakeSettings",
    "UvRaster",
    "bake",
    "pad_image",
    "rasterise_uv",
    "sample_image",
    "transfer_texture",
]
