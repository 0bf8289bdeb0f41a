"""Silhouettes that move smoothly: pixels at visible edges blend with their neighbours, and edges get gradients.

After Laine et al. 2020 (nvdiffrast), but driven by the edges: every silhouette edge looks for the pairs of neighbouring
pixels whose centres it parts, along its major direction only. On dense meshes most pairs at a silhouette show no
triangle with a silhouette edge, so that asking the pixels would miss them.
"""

from __future__ import annotations

import torch

from .checks import check_places, check_tensor
from .edge_pairs import EdgePairs, find_edge_pairs
from .visibility import Raster


def antialias(picture: torch.Tensor, points: torch.Tensor, raster: Raster) -> torch.Tensor:
    """(B, H, W, C) the picture with its visible silhouette edges blended by coverage.

    picture : (B, H, W, C) float32, over the background it should blend with. points : (B, V, 3) screen points, those of
    the raster. Differentiable in both; edges that leave the picture get no gradient there, nor does an edge that
    reaches behind a perspective camera, which is not blended either.
    Raises `InputError` for wrong shapes or types and for points that are not finite.
    """
    device = raster.faces.device
    check_tensor("Pictures", picture, (raster.views, raster.height, raster.width, "C"), device)
    check_places("Screen points", points, (raster.views, raster.faces.count, 3), device)
    pairs = find_edge_pairs(points.detach().contiguous(), raster)
    return _Blend.apply(picture, _coverage(points, pairs), pairs)


def silhouette(points: torch.Tensor, raster: Raster) -> torch.Tensor:
    """(B, H, W) share of every pixel that the mesh covers, with gradients at its outline."""
    return antialias(raster.covered[..., None].to(points.dtype), points, raster)[..., 0]


def _coverage(points: torch.Tensor, pairs: EdgePairs) -> torch.Tensor:
    """(K,) how far each pair's edge lies beyond the middle of its pixels: -0.5..0.5, positive towards the second."""
    start = points.reshape(-1, 3).index_select(0, pairs.start)
    end = points.reshape(-1, 3).index_select(0, pairs.end)
    minor = pairs.minor[:, None]
    along_start, along_end = (torch.where(minor == 0, p[:, 1:2], p[:, 0:1])[:, 0] for p in (start, end))
    across_start, across_end = (p.gather(1, minor)[:, 0] for p in (start, end))
    share = (pairs.row - along_start) / (along_end - along_start)
    return across_start + (across_end - across_start) * share - pairs.middle


class _Blend(torch.autograd.Function):
    @staticmethod
    def forward(ctx, picture, coverage, pairs):
        flat = picture.reshape(-1, picture.shape[3])
        difference = flat.index_select(0, pairs.first) - flat.index_select(0, pairs.second)
        taker = torch.where(coverage > 0.0, pairs.second, pairs.first)
        ctx.save_for_backward(difference, coverage, taker)
        ctx.pairs = pairs
        return flat.clone().index_add_(0, taker, difference * coverage[:, None]).reshape(picture.shape)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        difference, coverage, taker = ctx.saved_tensors
        flat = gradient.reshape(-1, gradient.shape[3])
        taken = flat.index_select(0, taker)
        of_picture = of_coverage = None
        if ctx.needs_input_grad[0]:
            share = taken * coverage[:, None]
            of_picture = flat.clone().index_add_(0, ctx.pairs.first, share).index_add_(0, ctx.pairs.second, -share)
            of_picture = of_picture.reshape(gradient.shape)
        if ctx.needs_input_grad[1]:
            of_coverage = (taken * difference).sum(dim=1)
        return of_picture, of_coverage, None
