"""Attributes of points carried to the pixels, with perspective correction and gradients."""

from __future__ import annotations

import torch
import warp as wp

from ..errors import InputError
from ..spatial.blocks import run_in_blocks
from .checks import check_places, check_views
from .faces import Faces
from .interpolation_kernels import interpolation_kernels
from .launching import as_warp, device_of, torch_stream
from .visibility import Raster


def interpolate(
    points: torch.Tensor, raster: Raster, attributes: torch.Tensor, faces: Faces | None = None
) -> torch.Tensor:
    """(B, H, W, C) float32 picture of attributes, 0 where nothing is seen.

    points : (B, V, 3) screen points, those of the raster. attributes : (B, N, C) float32, or (1, N, C) for all views.
    faces : the triangles over the N attributes (UV points with seams, say); without it they are the raster's.

    Differentiable in points (their depth included) and attributes, within the triangle each pixel shows; what moves at
    silhouettes comes from `antialias`. Gradients are summed triangle by triangle in a fixed order, without atomics.
    Raises `InputError` for wrong shapes or types and for numbers that are not finite.
    """
    faces = raster.faces if faces is None else faces
    check_places("Screen points", points, (raster.views, raster.faces.count, 3), raster.faces.device)
    check_places("Attributes", attributes, ("B", faces.count, "C"), faces.device)
    check_views("Attributes", attributes.shape[0], raster.views)
    if not attributes.shape[2]:
        raise InputError("Attributes to interpolate have no channels; give at least one number for every point.")
    if len(faces) != len(raster.faces):
        raise InputError(
            f"Attributes have {len(faces)} triangles, but the mesh has {len(raster.faces)}; they should correspond."
        )
    return _Interpolate.apply(points, attributes, raster, faces)


def barycentrics(points: torch.Tensor, raster: Raster) -> torch.Tensor:
    """(B, H, W, 3) weights of the seen triangle's corners, with perspective; 0 where nothing is seen."""
    corners = Faces(torch.arange(3).expand(len(raster.faces), 3), 3, raster.faces.device.type)
    return interpolate(points, raster, torch.eye(3, device=points.device)[None], corners)


def depth(points: torch.Tensor, raster: Raster) -> torch.Tensor:
    """(B, H, W) depth along the view; 0 where nothing is seen."""
    return interpolate(points, raster, points[..., 2:])[..., 0]


class _Interpolate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, points, attributes, raster, faces):
        points, attributes = points.contiguous(), attributes.contiguous()
        channels = attributes.shape[2]
        picture = torch.zeros((*raster.triangle.shape, channels), device=points.device)
        kernels = interpolation_kernels(channels)
        _on_triangles(
            kernels.forward,
            raster,
            [*_scene(points, attributes, raster, faces, kernels.vector), as_warp(picture, kernels.vector)],
        )
        ctx.save_for_backward(points, attributes)
        ctx.raster, ctx.faces = raster, faces
        return picture

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        points, attributes = ctx.saved_tensors
        raster, faces = ctx.raster, ctx.faces
        want_points, want_attributes = ctx.needs_input_grad[:2]
        gradient = gradient.contiguous()
        channels = attributes.shape[2]
        kernels = interpolation_kernels(channels)
        corners = 3 * raster.views * len(raster.faces)
        of_points = torch.zeros((corners if want_points else 0, 3), device=points.device)
        of_attributes = torch.zeros((corners if want_attributes else 0, channels), device=points.device)
        _on_triangles(
            kernels.backward,
            raster,
            [
                *_scene(points, attributes, raster, faces, kernels.vector),
                as_warp(gradient, kernels.vector),
                int(want_points),
                int(want_attributes),
                as_warp(of_points, wp.vec3),
                as_warp(of_attributes, kernels.vector),
            ],
        )
        points_gradient = attributes_gradient = None
        if want_points:
            points_gradient = sum_corners(of_points, raster.faces, raster.views)
        if want_attributes:
            attributes_gradient = sum_corners(of_attributes, faces, raster.views)
            if attributes.shape[0] == 1:
                attributes_gradient = attributes_gradient.sum(dim=0, keepdim=True)
        return points_gradient, attributes_gradient, None, None


def sum_corners(corners: torch.Tensor, faces: Faces, views: int) -> torch.Tensor:
    """(B, N, C) sums at the points of what (B * 3 T, C) corners hold, in a fixed order."""
    channels = corners.shape[1]
    kernels = interpolation_kernels(channels)
    sums = torch.empty((views, faces.count, channels), device=corners.device)
    starts, order = faces.point_corners
    inputs = [faces.count, 3 * len(faces), as_warp(starts, wp.int32), as_warp(order, wp.int32)]
    arrays = [as_warp(corners, kernels.vector), as_warp(sums, kernels.vector)]
    device = device_of(corners)

    def launch(_block: int, first: int, last: int):
        wp.launch(kernels.sum_corners, dim=last - first, inputs=[first, *inputs, *arrays], device=device)

    with torch_stream(corners):
        run_in_blocks(kernels.sum_corners, device, views * faces.count, launch)
    return sums


def _scene(points, attributes, raster: Raster, faces: Faces, vector) -> list:
    return [
        as_warp(points, wp.vec3),
        as_warp(raster.faces.triangles, wp.vec3i),
        raster.faces.count,
        as_warp(attributes, vector),
        as_warp(faces.triangles, wp.vec3i),
        faces.count if attributes.shape[0] > 1 else 0,
        raster.height,
        raster.width,
        int(raster.perspective),
        as_warp(raster.triangle, wp.int32),
        as_warp(raster.shown, wp.int32),
    ]


def _on_triangles(kernel, raster: Raster, inputs: list) -> None:
    device = device_of(raster.triangle)

    def launch(_block: int, first: int, last: int):
        wp.launch(kernel, dim=last - first, inputs=[first, *inputs], device=device)

    with torch_stream(raster.triangle):
        run_in_blocks(kernel, device, raster.views * len(raster.faces), launch)
