"""The ear finder's network: a map of where each point may be, and what is seen there."""

from __future__ import annotations

import torch
from torch import nn

from ..networks.unet import UNet
from ..parsing.aligned import COLOURS
from .places import POINT_COUNT

_WIDTHS = (24, 40, 64, 96)


class EarNetwork(UNet):
    """Points of the ears in an aligned crop, each with how sure it is.

    A point is the mean of its map (Sun et al. 2018, "Integral human pose regression")."""

    asset = "ear_finder.safetensors"

    def __init__(self):
        super().__init__(COLOURS, _WIDTHS)
        self.maps = nn.Conv2d(_WIDTHS[0], POINT_COUNT, 1)
        # Of what the crop shows at the point and as a whole: the chance that it is seen, and how near it is.
        self.there = nn.Linear(_WIDTHS[0] + _WIDTHS[-1], 2 * POINT_COUNT)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Of (B, COLOURS, S, S): points (B, N, 2) in shares of the side, the logarithm of their errors (B, N) in the same
        unit, scores (B, N) of their being seen, and the maps' scores (B, N, S / 2, S / 2)."""
        fine, coarse = self.features(x)
        scores = self.maps(fine)
        size = scores.shape[-1]
        chances = scores.flatten(2).softmax(dim=2)
        middles = (torch.arange(size, device=x.device, dtype=x.dtype) + 0.5) / size
        grid = torch.stack([middles.repeat(size), middles.repeat_interleave(size)], dim=1)
        whole = coarse.mean(dim=(2, 3))
        local = torch.einsum("bnp,bcp->bnc", chances, fine.flatten(2))
        both = torch.cat([local, whole[:, None].expand(-1, local.shape[1], -1)], dim=2)
        # Every point has weights of its own.
        weights, bias = self.there.weight.view(POINT_COUNT, 2, -1), self.there.bias.view(POINT_COUNT, 2)
        told = torch.einsum("bnc,nkc->bnk", both, weights) + bias
        return chances @ grid, told[..., 0], told[..., 1], scores
