"""Closest points, rays and coverage on triangle meshes, on CPU and CUDA through Warp."""

from .surface import Surface, SurfaceHits

__all__ = ["Surface", "SurfaceHits"]
