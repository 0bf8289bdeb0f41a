"""Polygon meshes with per-corner UVs: the structure, its derived quantities, reading and writing, checks."""

from .mesh import Mesh

__all__ = ["Mesh"]
