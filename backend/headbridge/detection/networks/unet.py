"""A small U-Net (Ronneberger et al. 2015) with residual blocks (He et al. 2016), in plain torch."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import nn

MULTIPLE = 16
"""Sides of pictures are multiples of this."""

# Dilations of the blocks at the bottom, which see the whole crop.
_DILATIONS = (2, 3)


class _Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1):
        super().__init__()
        self.first = _normed(inputs, outputs, stride, dilation)
        self.second = _normed(outputs, outputs, 1, dilation)
        self.beside = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, bias=False)
        self.reduced = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.second(F.relu(self.first(x))) + self.beside(self.reduced(x)))


def _normed(inputs: int, outputs: int, stride: int, dilation: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


class UNet(nn.Module):
    """Features of every two by two pixels of a crop. Pixels go in in such blocks, which halves the cost of the finest level.

    widths : channels from fine to coarse, four of them."""

    def __init__(self, inputs: int, widths: tuple[int, ...]):
        super().__init__()
        pairs = list(itertools.pairwise(widths))
        self.blocks = nn.PixelUnshuffle(2)
        self.first = _normed(4 * inputs, widths[0], 1, 1)
        self.down = nn.ModuleList(_Residual(fine, coarse, stride=2) for fine, coarse in pairs)
        self.bottom = nn.Sequential(*(_Residual(widths[-1], widths[-1], dilation=d) for d in _DILATIONS))
        self.across = nn.ModuleList(nn.Conv2d(coarse, fine, 1, bias=False) for fine, coarse in pairs)
        self.up = nn.ModuleList(_Residual(fine, fine) for fine, _ in pairs)

    def features(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, widths[0], S / 2, S / 2), and those of the coarsest level, of (B, inputs, S, S); S a multiple of
        `MULTIPLE`."""
        levels = [F.relu(self.first(self.blocks(x)))]
        for down in self.down:
            levels.append(down(levels[-1]))
        y = coarsest = self.bottom(levels.pop())
        for across, up in zip(reversed(self.across), reversed(self.up)):
            y = F.interpolate(across(y), scale_factor=2, mode="bilinear", align_corners=False)
            y = up(y + levels.pop())
        return y, coarsest
