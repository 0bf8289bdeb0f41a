"""Texture baking: transfers images from one UV layout to another."""

from .job import BakeInput, BakeResult, BakeSettings

__all__ = ["BakeInput", "BakeResult", "BakeSettings"]
