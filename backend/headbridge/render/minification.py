"""Textures that are finer than the picture, made as coarse as it."""

from __future__ import annotations

import math

import torch

from .checks import check_places, check_tensor
from .visibility import Raster


def reduce_texture(texture: torch.Tensor, uvs: torch.Tensor, raster: Raster) -> torch.Tensor:
    """(B, TH', TW', C) the texture at the resolution at which neighbouring pixels are less than two texels apart.

    texture : (B, TH, TW, C) float32; uvs : (B, H, W, 2), as for `sample_texture`, which then reads the result. Sides
    are halved as often as the middle one of all distances between neighbouring pixels allows, and every new texel is
    the mean of those it stands for: one resolution serves the whole picture, because a head's layout gives its parts
    about the same share of the texture. A texture that is not finer than the picture comes back as it is.
    Differentiable in the texture; the choice of the resolution has no gradient.
    Raises `InputError` for wrong shapes or types and for coordinates that are not finite.
    """
    check_tensor("Textures", texture, ("B", "TH", "TW", "C"), raster.triangle.device)
    check_places("Texture coordinates", uvs, (raster.views, raster.height, raster.width, 2), raster.triangle.device)
    height, width = texture.shape[1:3]
    distance = _texels_between_pixels(uvs.detach() * uvs.new_tensor([width, height]), raster.covered)
    if distance < 2.0:
        return texture
    times = 2 ** int(math.log2(distance))
    size = (-(-height // times), -(-width // times))
    return torch.nn.functional.interpolate(texture.permute(0, 3, 1, 2), size=size, mode="area").permute(0, 2, 3, 1)


def _texels_between_pixels(places: torch.Tensor, covered: torch.Tensor) -> float:
    """The median distance of neighbouring pixels in texels; places : (B, H, W, 2)."""
    across = (places[:, :, 1:] - places[:, :, :-1]).norm(dim=-1)[covered[:, :, 1:] & covered[:, :, :-1]]
    down = (places[:, 1:] - places[:, :-1]).norm(dim=-1)[covered[:, 1:] & covered[:, :-1]]
    distances = torch.cat([across, down])
    return float(distances.median()) if len(distances) else 0.0
