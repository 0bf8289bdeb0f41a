"""Bilinear texture sampling with gradients for texels and texture coordinates."""

from __future__ import annotations

import torch
import warp as wp

from ..baking.rows import launch_on_rows
from ..errors import InputError
from ..spatial.blocks import run_in_blocks
from .checks import check_places, check_tensor, check_views
from .launching import as_warp, device_of, torch_stream
from .texture_kernels import texture_kernels
from .visibility import Raster


def sample_texture(texture: torch.Tensor, uvs: torch.Tensor, raster: Raster) -> torch.Tensor:
    """(B, H, W, C) float32 picture of a texture, 0 where the raster shows nothing.

    texture : (B, TH, TW, C) float32, or (1, TH, TW, C) for all views; row 0 is the top. Texel (r, c) has its centre at
    u = (c + 0.5) / TW, v = 1 - (r + 0.5) / TH; beyond the outermost centres the border texels go on.
    uvs : (B, H, W, 2) float32, as `interpolate` gives them.

    Differentiable in texture and uvs. On the CPU the gradients have the same bits on every run; on CUDA those of the
    texels are summed by atomics in any order.
    Raises `InputError` for wrong shapes or types and for coordinates that are not finite.
    """
    device = raster.triangle.device
    check_tensor("Textures", texture, ("B", "TH", "TW", "C"), device)
    check_views("Textures", texture.shape[0], raster.views)
    if 0 in texture.shape:
        raise InputError(f"Textures of shape {tuple(texture.shape)} hold no texels; give an image.")
    check_places("Texture coordinates", uvs, (raster.views, raster.height, raster.width, 2), device)
    return _SampleTexture.apply(texture, uvs, raster)


class _SampleTexture(torch.autograd.Function):
    @staticmethod
    def forward(ctx, texture, uvs, raster):
        texture, uvs = texture.contiguous(), uvs.contiguous()
        channels = texture.shape[3]
        kernels = texture_kernels(channels)
        picture = torch.empty((*raster.triangle.shape, channels), device=texture.device)
        # Reading texels costs most: their slopes are kept for the gradient instead of reading them again.
        want_slopes = ctx.needs_input_grad[1]
        slopes = torch.empty((picture.numel() * 2 if want_slopes else 0), device=texture.device)
        outputs = [int(want_slopes), as_warp(picture, kernels.vector), as_warp(slopes, kernels.vector)]
        _on_rows(kernels.forward, raster, [*_scene(kernels, texture, uvs, raster), *outputs])
        ctx.save_for_backward(texture, uvs, slopes)
        ctx.raster = raster
        return picture

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        texture, uvs, slopes = ctx.saved_tensors
        raster, gradient = ctx.raster, gradient.contiguous()
        kernels = texture_kernels(texture.shape[3])
        incoming = as_warp(gradient, kernels.vector)
        of_texture = of_uvs = None
        if ctx.needs_input_grad[1]:
            of_uvs = torch.empty_like(uvs)
            arrays = [incoming, as_warp(slopes, kernels.vector), as_warp(of_uvs, wp.vec2)]
            _on_rows(kernels.uv_gradient, raster, [raster.width, *arrays])
        if ctx.needs_input_grad[0]:
            of_texture = torch.zeros_like(texture)
            _scatter(kernels, texture, uvs, raster, incoming, as_warp(of_texture, kernels.vector))
        return of_texture, of_uvs, None


def _scene(kernels, texture, uvs, raster: Raster) -> list:
    return [
        as_warp(texture, kernels.vector),
        texture.shape[1],
        texture.shape[2],
        texture.shape[1] if texture.shape[0] > 1 else 0,
        as_warp(uvs, wp.vec2),
        as_warp(raster.triangle, wp.int32),
        raster.height,
        raster.width,
    ]


def _on_rows(kernel, raster: Raster, arguments: list) -> None:
    device = device_of(raster.triangle)
    rows = (0, raster.views * raster.height)
    columns, stride = _row_threads(device, raster)
    with torch_stream(raster.triangle):
        launch_on_rows(kernel, device, rows, raster.width, [stride, *arguments], columns)


def _row_threads(device, raster: Raster) -> tuple[int, int]:
    """How many threads work on a row of pixels, and on how many pixels each: starting one costs the CPU as much as a
    pixel's work."""
    return (raster.width, 1) if device.is_cuda else (1, raster.width)


def _scatter(kernels, texture, uvs, raster: Raster, incoming, of_texture) -> None:
    """Every block of threads owns rows of texels and takes from all pixels what belongs there: so the sums need no
    copies of the texture and do not depend on the number of cores."""
    device = device_of(texture)
    texel_rows = texture.shape[0] * texture.shape[1]
    rows = raster.views * raster.height
    columns, stride = _row_threads(device, raster)
    scene = _scene(kernels, texture, uvs, raster)

    def launch(_block: int, first: int, last: int):
        wp.launch(
            kernels.scatter,
            dim=(rows, columns),
            inputs=[first, last, stride, *scene, incoming, of_texture],
            device=device,
        )

    with torch_stream(texture):
        run_in_blocks(kernels.scatter, device, texel_rows, launch)
