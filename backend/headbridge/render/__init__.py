"""Differentiable rendering of triangle meshes: visibility, interpolation, textures, light and antialiased silhouettes."""

from .antialiasing import antialias, silhouette
from .cameras import OrthographicCamera, PerspectiveCamera
from .faces import Faces
from .interpolation import barycentrics, depth, interpolate
from .lighting import sh_basis, shade
from .normals import vertex_normals
from .textures import sample_texture
from .visibility import Raster, rasterise

__all__ = [
    "Faces",
    "OrthographicCamera",
    "PerspectiveCamera",
    "Raster",
    "antialias",
    "barycentrics",
    "depth",
    "interpolate",
    "rasterise",
    "sample_texture",
    "sh_basis",
    "shade",
    "silhouette",
    "vertex_normals",
]
