"""Differentiable rendering of triangle meshes: cameras, visibility, interpolation, textures, light, silhouettes.

A picture is made in steps, each differentiable but the second: ``points = camera.project(vertices)``,
``raster = rasterise(points, faces, size, camera.perspective)``, ``uvs = interpolate(points, raster, uv_points,
uv_faces)``, ``colours = sample_texture(texture, uvs, raster)`` and ``picture = antialias(colours, points, raster)``.
"""

from .antialiasing import antialias, silhouette
from .cameras import OrthographicCamera, PerspectiveCamera
from .faces import Faces
from .interpolation import barycentrics, depth, interpolate
from .lighting import sh_basis, shade
from .minification import reduce_texture
from .normals import vertex_normals
from .pytorch3d_backend import load_pytorch3d, rasterise_pytorch3d
from .textures import sample_texture
from .visibility import Raster, rasterise

RASTERISERS = {"headbridge": rasterise, "pytorch3d": rasterise_pytorch3d}
"""What finds the triangles that pixels show, by name."""

__all__ = [
    "RASTERISERS",
    "Faces",
    "OrthographicCamera",
    "PerspectiveCamera",
    "Raster",
    "antialias",
    "barycentrics",
    "depth",
    "interpolate",
    "load_pytorch3d",
    "rasterise",
    "rasterise_pytorch3d",
    "reduce_texture",
    "sample_texture",
    "sh_basis",
    "shade",
    "silhouette",
    "vertex_normals",
]
