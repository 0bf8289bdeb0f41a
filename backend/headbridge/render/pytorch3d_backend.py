"""Visibility by PyTorch3D's rasteriser, for those who want to compare; it is no requirement and never used unasked.

PyTorch3D wants normalised device coordinates: x to the left, y up, the picture's shorter side from 1 to -1 and the
longer one in the same units, depth positive before the camera; and it numbers the triangles of all views in one row.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch

from ..errors import InputError
from .checks import check_picture
from .faces import Faces
from .visibility import Raster


def load_pytorch3d() -> tuple[Any, Callable]:
    """PyTorch3D's class of meshes, and what rasterises them; raises `InputError` where they cannot be imported."""
    try:
        structures = import_module("pytorch3d.structures")
        return structures.Meshes, import_module("pytorch3d.renderer.mesh.rasterize_meshes").rasterize_meshes
    except ImportError as error:
        raise InputError(
            f"PyTorch3D cannot be imported ({error}); install it for this Python and torch, or choose the renderer headbridge."
        ) from error


def rasterise_pytorch3d(
    points: torch.Tensor, faces: Faces, size: int | tuple[int, int], perspective: bool = True
) -> Raster:
    """As `rasterise`, by PyTorch3D: the same triangles but for centres that lie on edges, which belong to none there.

    Raises `InputError` as `rasterise` does, where PyTorch3D cannot be imported, and for triangles that reach behind a
    perspective camera, which PyTorch3D does not cut.
    """
    height, width = check_picture(points, faces, size)
    points = points.detach()
    depth = points[..., 2]
    if perspective and float(depth.min()) <= 0.0:
        raise InputError(
            "PyTorch3D cannot render a mesh that reaches behind the camera; move it away or use rasterise()."
        )
    meshes_class, rasterise_meshes = load_pytorch3d()
    # Without perspective only differences of depth count, but PyTorch3D drops what is not before the camera.
    shift = 0.0 if perspective else 1.0 - float(depth.min())
    middle = points.new_tensor([0.5 * width, 0.5 * height])
    flat = (middle - points[..., :2]) * (2.0 / min(height, width))
    device_points = torch.cat([flat, (depth + shift)[..., None]], dim=-1)
    meshes = meshes_class(device_points, faces.triangles.long().expand(len(points), -1, -1))
    numbered = rasterise_meshes(
        meshes, image_size=(height, width), blur_radius=0.0, faces_per_pixel=1, perspective_correct=perspective
    )[0][..., 0]
    first = len(faces) * torch.arange(len(points), device=points.device)[:, None, None]
    shown = torch.zeros(len(points) * len(faces), dtype=torch.int32, device=points.device)
    shown[numbered[numbered >= 0]] = 1
    triangle = torch.where(numbered >= 0, numbered - first, -1).to(torch.int32)
    return Raster(triangle.contiguous(), shown.reshape(len(points), -1), faces, perspective)
