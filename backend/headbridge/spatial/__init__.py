"""Closest points and rays on triangle meshes, on CPU and CUDA through Warp, with a plain reference beside it."""

from .surface import Surface, SurfaceHits

__all__ = ["Surface", "SurfaceHits"]
