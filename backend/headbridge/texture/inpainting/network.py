"""The inpainting network: gated convolutions (Yu et al. 2019) in a U-Net."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import nn

from .spreading import spread

# Known colours, where they are known, the same of the mirrored texture, what the guess lacks, and the space's guess.
_INPUTS = 3 + 1 + 3 + 1 + 3 + 3
_WIDTHS = (24, 32, 48, 64, 64)
# Means are taken over so many powers of two of texels.
_LEVELS = 6
# The halves of a face are alike in coarse rather than in fine features: so much of what one shows is believed of the
# other; the rest is its mean over ever more texels.
_ALIKE = 0.4


class GatedConv(nn.Module):
    """A convolution whose outputs are let through by gates of its own: what is known and what is not needs no rule."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.both = nn.Conv2d(inputs, 2 * outputs, 3, stride=stride, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features, gates = self.both(x).chunk(2, dim=1)
        return F.elu(features) * torch.sigmoid(gates)


class InpaintingNetwork(nn.Module):
    """Corrects the guess where a texture is hidden; it starts as no correction. It is shown what the guess lacks across
    the midline and nearby."""

    def __init__(self):
        super().__init__()
        self.first = GatedConv(_INPUTS, _WIDTHS[0])
        self.down = nn.ModuleList(GatedConv(a, b, stride=2) for a, b in itertools.pairwise(_WIDTHS))
        self.inner = nn.ModuleList(GatedConv(width, width) for width in _WIDTHS[1:])
        self.up = nn.ModuleList(GatedConv(a + b, b) for a, b in zip(_WIDTHS[:0:-1], _WIDTHS[-2::-1]))
        self.last = nn.Conv2d(_WIDTHS[0], 3, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, picture, known, mirrored, mirror_known, guess) -> torch.Tensor:
        """(B, 3, R, R) encoded sRGB, of the whole texture, the guess itself where that is known; R a multiple of 64.

        picture, mirrored, guess : (B, 3, R, R) encoded sRGB 0..1; what the first two hold where they are not known does
        not matter. known, mirror_known : (B, 1, R, R), 0..1."""
        lacking, lacking_across = (picture - guess) * known, (mirrored - guess) * mirror_known
        likely = _ALIKE * (1.0 - known)
        weights = known + likely * mirror_known
        lacks = spread((lacking + likely * lacking_across) / weights.clamp(min=1e-6), weights, _LEVELS)
        x = self.first(torch.cat([lacking, known, lacking_across, mirror_known, lacks, guess - 0.5], dim=1))
        kept = []
        for down, inner in zip(self.down, self.inner):
            kept.append(x)
            x = inner(down(x))
        for up, beside in zip(self.up, reversed(kept)):
            x = up(torch.cat([F.interpolate(x, scale_factor=2, mode="nearest"), beside], dim=1))
        return guess + (1.0 - known) * self.last(x)
