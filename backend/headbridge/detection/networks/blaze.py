"""BlazeFace's building blocks (arXiv:1907.05047, section 3.2), padded as TensorFlow's "same".

Maps are (N, parts * C, H, W), the channels of one part after those of another: networks of one shape, with weights of
their own, run as one.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

# Up to so many channels `halved` compares whole rows.
_FEW_CHANNELS = 64


def first_layers(made: int, kernel: int, learned: bool) -> list[nn.Module]:
    """From (N, 3, H, W) pictures to maps of half their sides; TensorFlow's padding is smaller at the left and the top."""
    before = (kernel - 2) // 2
    around = (before, kernel - 2 - before)
    return [nn.ZeroPad2d(around * 2), nn.Conv2d(3, made, kernel, 2), activation(made, learned)]


def depthwise(channels: int, stride: int) -> nn.Conv2d:
    """A convolution of every channel by itself, 3 x 3; the sides of the maps are divisible by the stride, 1 or 2.

    With stride 2 TensorFlow begins one cell later than PyTorch: the kernel has a row and a column of zeros before it,
    which costs less than padded maps."""
    return nn.Conv2d(channels, channels, 2 + stride, stride, padding=1, groups=channels)


class Pointwise(nn.Module):
    """A convolution across the channels of each part: a product of matrices, which PyTorch does faster as one."""

    def __init__(self, channels: int, made: int, parts: int = 1):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(parts, channels, made))
        self.bias = nn.Parameter(torch.empty(parts, made))

    def forward(self, x: torch.Tensor, onto: torch.Tensor | None = None) -> torch.Tensor:
        """Of (N, parts * C, H, W), added to the maps `onto`, which may have fewer channels. Works in the memory of `onto`
        where it can: on a CPU new memory costs as much as the product."""
        parts, _, made = self.weight.shape
        rows = _rows(x, parts)
        if onto is not None and onto.shape[1] == parts * made:
            result = _rows(onto, parts).add_(self.bias)
            if parts == 1:
                result[:, 0].addmm_(rows[:, 0], self.weight[0])
            else:
                result += torch.bmm(rows.transpose(0, 1), self.weight).transpose(0, 1)
        else:
            if parts == 1:
                result = torch.addmm(self.bias, rows[:, 0], self.weight[0])[:, None]
            else:
                result = torch.baddbmm(self.bias[:, None], rows.transpose(0, 1), self.weight).transpose(0, 1)
            if onto is not None:
                result[..., : onto.shape[1] // parts] += _rows(onto, parts)
        return result.reshape(len(x), *x.shape[2:], parts * made).permute(0, 3, 1, 2)


class Block(nn.Module):
    """A convolution per channel and one across channels, beside a short cut; stride 2 halves the map.

    It may write over the maps it is given, which serve nobody else once they have gone through it.
    Where the block makes more channels than it gets, the short cut has zeros for them. learned : what is below zero is
    multiplied by a slope per channel that was learned (PReLU), or else is zero (ReLU)."""

    def __init__(self, channels: int, made: int, stride: int = 1, learned: bool = True, parts: int = 1):
        super().__init__()
        self.stride = stride
        self.depthwise = depthwise(parts * channels, stride)
        self.pointwise = Pointwise(channels, made, parts)
        self.activation = activation(parts * made, learned)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.depthwise(x)
        return self.activation(self.pointwise(y, halved(x) if self.stride == 2 else x))


def halved(maps: torch.Tensor) -> torch.Tensor:
    """The largest of every two by two cells, (N, C, H / 2, W / 2) of (N, C, H, W).

    PyTorch's own layer looks at cell by cell: fine maps with few channels take it five times as long on a CPU."""
    n, channels, height, width = maps.shape
    if channels > _FEW_CHANNELS:
        return F.max_pool2d(maps, 2)
    rows = maps.permute(0, 2, 3, 1).reshape(n, height // 2, 2, width * channels)
    pairs = torch.maximum(rows[:, :, 0], rows[:, :, 1]).view(n, height // 2, width // 2, 2, channels)
    return torch.maximum(pairs[..., 0, :], pairs[..., 1, :]).permute(0, 3, 1, 2)


def activation(channels: int, learned: bool) -> nn.Module:
    """What follows a layer, as `Block` says."""
    return nn.PReLU(channels) if learned else nn.ReLU(inplace=True)


def blocks(channels: int, *made: int, learned: bool = True, parts: int = 1) -> list[Block]:
    """Blocks one after another, with so many channels each; a negative number halves the map."""
    result = []
    for count in made:
        result.append(Block(channels, abs(count), 2 if count < 0 else 1, learned, parts))
        channels = abs(count)
    return result


def _rows(maps: torch.Tensor, parts: int) -> torch.Tensor:
    """(N * H * W, parts, C) of maps; no copy where their channels come last in memory."""
    return maps.permute(0, 2, 3, 1).reshape(-1, parts, maps.shape[1] // parts)
