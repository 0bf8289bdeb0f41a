"""The discriminator of StyleGAN2 (Karras et al. 2020): residual blocks, minibatch standard deviation."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from headbridge.texture.stylegan.layers import Linear, activate, blur_kernel

_EPSILON = 1e-8
# Residual and skip are added; this keeps the variance.
_HALF_POWER = math.sqrt(0.5)


def downsample(picture: torch.Tensor) -> torch.Tensor:
    """(B, C, H/2, W/2) of a (B, C, H, W) picture: the filter, then every second pixel."""
    channels = picture.shape[1]
    return F.conv2d(picture, blur_kernel(channels, 1.0, picture), stride=2, padding=1, groups=channels)


class Conv(nn.Module):
    """A convolution with equalised learning rate and activation; `down` halves the resolution."""

    def __init__(self, inputs: int, outputs: int, kernel: int, down: bool = False, linear: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = None if linear else nn.Parameter(torch.zeros(outputs))
        self.gain = 1.0 / math.sqrt(inputs * kernel**2)
        self.down = down

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel = self.weight.shape[2]
        if self.down and kernel == 1:
            x = downsample(x)
        elif self.down:
            x = F.conv2d(x, blur_kernel(x.shape[1], 1.0, x), padding=2, groups=x.shape[1])
        stride, padding = (2, 0) if self.down and kernel > 1 else (1, kernel // 2)
        y = F.conv2d(x, self.weight * self.gain, stride=stride, padding=padding)
        return y if self.bias is None else activate(y + self.bias[:, None, None])


class ResidualBlock(nn.Module):
    """Two convolutions beside a skip, to half the resolution."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv0, self.conv1 = Conv(inputs, inputs, 3), Conv(inputs, outputs, 3, down=True)
        self.skip = Conv(inputs, outputs, 1, down=True, linear=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _HALF_POWER * (self.skip(x) + self.conv1(self.conv0(x)))


class Discriminator(nn.Module):
    """Pictures to one number each, large for real ones.

    channels : of 4, 8, 16 ... pixels, as `GeneratorShape.channels`. group : pictures whose variety is looked at
        together."""

    def __init__(self, channels: tuple[int, ...], colours: int = 3, group: int = 4):
        super().__init__()
        self.group = group
        self.from_rgb = Conv(colours, channels[-1], 1)
        self.blocks = nn.Sequential(*(ResidualBlock(a, b) for a, b in zip(channels[:0:-1], channels[-2::-1])))
        self.last = Conv(channels[0] + 1, channels[0], 3)
        self.inner, self.verdict = Linear(16 * channels[0], channels[0]), Linear(channels[0], 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(B,) of (B, colours, R, R)."""
        x = self.blocks(self.from_rgb(pictures.contiguous(memory_format=torch.channels_last)))
        x = self.last(torch.cat([x, self._variety(x)], dim=1))
        return self.verdict(activate(self.inner(x.flatten(1))))[:, 0]

    def _variety(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, H, W) the mean standard deviation of features within each group of pictures."""
        group = math.gcd(self.group, len(x))
        grouped = x.reshape(group, -1, *x.shape[1:])
        deviation = (grouped - grouped.mean(dim=0)).square().mean(dim=0).add(_EPSILON).sqrt().mean(dim=(1, 2, 3))
        return deviation.repeat(group)[:, None, None, None].expand(-1, 1, *x.shape[2:])
