"""Bilinear texture sampling with gradients for texels and texture coordinates."""

from __future__ import annotations

import torch
import warp as wp

from ..errors import InputError
from ..spatial.blocks import run_in_blocks
from ..spatial.rows import launch_on_rows
from .checks import check_places, check_tensor, check_views
from .launching import as_warp, device_of, torch_stream
from .texture_kernels import texture_kernels
from .visibility import Raster

_CPU_STRETCH = 64


def sample_texture(texture: torch.Tensor, uvs: torch.Tensor, raster: Raster) -> torch.Tensor:
    """(B, H, W, C) float32 picture of a texture, 0 where the raster shows nothing.

    texture : (B, TH, TW, C) float32, or (1, TH, TW, C) for all views; row 0 is the top. Texel (r, c) has its centre at
    u = (c + 0.5) / TW, v = 1 - (r + 0.5) / TH; beyond the outermost centres the border texels go on.
    uvs : (B, H, W, 2) float32, as `interpolate` gives them.

    Differentiable in texture and uvs. On the CPU the gradients have the same bits on every run; on CUDA those of the
    texels are summed by atomics in any order, unless ``torch.use_deterministic_algorithms(True)`` asks for a fixed one.
    The texture is read at full size: where a pixel spans several texels, hand it over as `reduce_texture` gives it.
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
        kernels = texture_kernels(texture.shape[3])
        picture = torch.empty((*raster.triangle.shape, texture.shape[3]), device=texture.device)
        stride, columns = _stretches(raster)
        rows = raster.views * raster.height
        spans = torch.empty((rows, columns, 2), dtype=torch.int32, device=texture.device)
        arguments = [*_scene(kernels, texture, uvs, raster), as_warp(picture, kernels.vector), as_warp(spans, wp.vec2i)]
        with torch_stream(texture):
            launch_on_rows(kernels.forward, device_of(texture), (0, rows), raster.width, [stride, *arguments], columns)
        ctx.save_for_backward(texture, uvs, spans)
        ctx.raster = raster
        return picture

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        texture, uvs, spans = ctx.saved_tensors
        want_texture, want_uvs = ctx.needs_input_grad[:2]
        raster, gradient = ctx.raster, gradient.contiguous()
        of_texture = of_uvs = None
        # The GPU's atomics add in any order; here torch has a slower way that does not.
        in_order = want_texture and texture.is_cuda and torch.are_deterministic_algorithms_enabled()
        if in_order:
            of_texture = texture_gradient_in_order(texture, uvs, raster, gradient)
        if want_uvs or not in_order:
            places = (texture, uvs, spans, gradient)
            computed, of_uvs = _gradients(*places, raster, want_texture and not in_order, want_uvs)
            of_texture = of_texture if in_order else computed
        return of_texture, of_uvs, None


def _gradients(texture, uvs, spans, gradient, raster: Raster, want_texture: bool, want_uvs: bool):
    """Gradients of texture and coordinates, None for what is not wanted."""
    kernels = texture_kernels(texture.shape[3])
    device = device_of(texture)
    of_texture = torch.empty(texture.shape if want_texture else (0, *texture.shape[1:]), device=texture.device)
    of_uvs = torch.zeros(uvs.shape if want_uvs else (0, 2), device=texture.device)
    stride, columns = _stretches(raster)
    texel_rows, rows = texture.shape[0] * texture.shape[1], raster.views * raster.height
    arguments = [
        stride,
        *_scene(kernels, texture, uvs, raster),
        as_warp(spans, wp.vec2i),
        as_warp(gradient, kernels.vector),
        int(want_texture),
        int(want_uvs),
        as_warp(of_texture, kernels.vector),
        as_warp(of_uvs, wp.vec2),
    ]

    # Every block of threads owns rows of texels and takes from all pixels what belongs there: so the sums need no
    # copies of the texture and do not depend on the number of cores.
    def launch(_block: int, first: int, last: int):
        of_texture.view(texel_rows, -1)[first:last].zero_()
        wp.launch(kernels.backward, dim=(rows, columns), inputs=[0, first, last, *arguments], device=device)

    with torch_stream(texture):
        if want_texture:
            run_in_blocks(kernels.backward, device, texel_rows, launch)
        else:
            launch_on_rows(kernels.backward, device, (0, rows), raster.width, [0, texel_rows, *arguments], columns)
    return (of_texture if want_texture else None), (of_uvs if want_uvs else None)


def texture_gradient_in_order(texture, uvs, raster: Raster, gradient) -> torch.Tensor:
    """(B, TH, TW, C) the texels' gradient from plain torch operations that add in a fixed order on every device."""
    height, width = texture.shape[1:3]
    view, row, column = (raster.triangle >= 0).nonzero(as_tuple=True)
    uv, incoming = uvs[view, row, column], gradient[view, row, column]
    x = (uv[:, 0] * width - 0.5).clamp(0.0, width - 1.0)
    y = ((1.0 - uv[:, 1]) * height - 0.5).clamp(0.0, height - 1.0)
    left, upper = x.long(), y.long()
    across, down = x - left, y - upper
    view_row = view * height if texture.shape[0] > 1 else torch.zeros_like(view)
    of_texture = torch.zeros_like(texture)
    texels = of_texture.view(-1, texture.shape[3])
    for rows, down_share in ((upper, 1.0 - down), ((upper + 1).clamp(max=height - 1), down)):
        for columns, across_share in ((left, 1.0 - across), ((left + 1).clamp(max=width - 1), across)):
            place = (view_row + rows) * width + columns
            texels.index_put_((place,), incoming * (down_share * across_share)[:, None], accumulate=True)
    return of_texture


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


def _stretches(raster: Raster) -> tuple[int, int]:
    """How many pixels of a row a thread works on, and how many threads that makes for a row: starting one costs the CPU
    as much as a pixel's work."""
    stride = 1 if raster.triangle.is_cuda else _CPU_STRETCH
    return stride, -(-raster.width // stride)
