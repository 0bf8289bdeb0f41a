"""The generator of StyleGAN2 (Karras et al. 2020), skip architecture, without labels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ...errors import InputError
from .layers import Linear, StyledConv, ToRgb, activate, upsample

_FIRST = 4
# The mapping network learns this much more slowly.
_MAPPING_RATE = 0.01
_EPSILON = 1e-8


@dataclass(frozen=True)
class GeneratorShape:
    """What a generator is built of.

    latent : length of z. style : length of w. mapping_layers : layers from one to the other.
    channels : of the blocks of 4, 8, 16 ... pixels. colours : of the picture. clamp : where activations are cut off,
        or None.
    """

    latent: int
    style: int
    mapping_layers: int
    channels: tuple[int, ...]
    colours: int = 3
    clamp: float | None = 256.0

    @property
    def resolution(self) -> int:
        return _FIRST << (len(self.channels) - 1)

    @property
    def resolutions(self) -> tuple[int, ...]:
        return tuple(_FIRST << level for level in range(len(self.channels)))

    @property
    def style_count(self) -> int:
        """Styles of a picture: one for every 3 x 3 convolution, one more for the last colours."""
        return 2 * len(self.channels)


def on_sphere(z: torch.Tensor) -> torch.Tensor:
    """(B, latent) z scaled to a mean square of 1, which is all that the mapping sees of it."""
    return z * (z.square().mean(dim=1, keepdim=True) + _EPSILON).rsqrt()


class Mapping(nn.Module):
    """z to w: z on its sphere, then layers with activations. `w_avg` is the running mean of w."""

    def __init__(self, shape: GeneratorShape):
        super().__init__()
        self.layers = shape.mapping_layers
        for index in range(shape.mapping_layers):
            inputs = shape.style if index else shape.latent
            setattr(self, f"fc{index}", Linear(inputs, shape.style, rate=_MAPPING_RATE))
        self.register_buffer("w_avg", torch.zeros(shape.style))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """(B, style) of (B, latent)."""
        w = on_sphere(z)
        for index in range(self.layers):
            w = activate(getattr(self, f"fc{index}")(w))
        return w


class Block(nn.Module):
    """One resolution of the synthesis: one or two convolutions, and colours that are added to the picture so far."""

    def __init__(self, inputs: int, outputs: int, resolution: int, shape: GeneratorShape):
        super().__init__()
        self.is_first = inputs == 0
        if self.is_first:
            self.const = nn.Parameter(torch.randn(outputs, resolution, resolution))
        else:
            self.conv0 = StyledConv(inputs, outputs, shape.style, resolution, up=True, clamp=shape.clamp)
        self.conv1 = StyledConv(outputs, outputs, shape.style, resolution, up=False, clamp=shape.clamp)
        self.torgb = ToRgb(outputs, shape.colours, shape.style, shape.clamp)

    def forward(self, x, picture, styles, dtype: torch.dtype, random_noise: bool):
        """Features and picture; `styles` are the w of this block's convolutions and colours in order."""
        styles = list(styles)
        if self.is_first:
            x = self.const.to(dtype).expand(len(styles[0]), *self.const.shape)
            x = x.contiguous(memory_format=torch.channels_last)
        else:
            x = self.conv0(x.to(dtype), styles.pop(0), random_noise)
        x = self.conv1(x, styles.pop(0), random_noise)
        colours = self.torgb(x, styles.pop(0))
        return x, colours if picture is None else upsample(picture) + colours


class Synthesis(nn.Module):
    """Styles to a picture."""

    def __init__(self, shape: GeneratorShape):
        super().__init__()
        self.shape = shape
        for resolution, inputs, outputs in zip(shape.resolutions, (0, *shape.channels), shape.channels):
            setattr(self, f"b{resolution}", Block(inputs, outputs, resolution, shape))

    def forward(
        self,
        styles: torch.Tensor,
        resolution: int | None = None,
        dtype: torch.dtype | None = None,
        random_noise: bool = False,
    ) -> torch.Tensor:
        """(B, colours, R, R) picture, about -1..1, of (B, style count, style) or (B, style) styles.

        resolution : stop at that many pixels: the colours so far are the picture in less detail, at a fraction of the
            cost. dtype : of features and convolutions (bfloat16 and float16 are cheaper where the hardware has them);
            pictures add up in the styles' own type. random_noise : fresh noise, as in training.
        Raises `InputError` for a resolution the generator has no block of."""
        resolution = self.shape.resolution if resolution is None else resolution
        if resolution not in self.shape.resolutions:
            known = ", ".join(map(str, self.shape.resolutions))
            raise InputError(f"This generator makes pictures of {known} pixels, not {resolution}.")
        if styles.dim() == 2:
            styles = styles[:, None].expand(-1, self.shape.style_count, -1)
        x = picture = None
        first = 0
        for size in self.shape.resolutions[: self.shape.resolutions.index(resolution) + 1]:
            # The colours of a block share their style with the first convolution of the next.
            count = 2 if size == _FIRST else 3
            own = styles[:, first : first + count].unbind(1)
            x, picture = getattr(self, f"b{size}")(x, picture, own, dtype or styles.dtype, random_noise)
            first += count - 1
        return picture


class Generator(nn.Module):
    """StyleGAN2's generator. Attributes are named as in published checkpoints, so that their tensors fit as they are.

    Convolutions run with channels last, which is several times faster on a CPU."""

    def __init__(self, shape: GeneratorShape):
        super().__init__()
        self.shape = shape
        self.mapping = Mapping(shape)
        self.synthesis = Synthesis(shape)

    def styles(self, z: torch.Tensor, truncation: float = 1.0) -> torch.Tensor:
        """(B, style count, style) of (B, latent): one w throughout, drawn towards the mean by 1 - `truncation`."""
        w = self.mapping(z)
        w = self.mapping.w_avg + truncation * (w - self.mapping.w_avg)
        return w[:, None].expand(-1, self.shape.style_count, -1)

    def forward(self, z: torch.Tensor, truncation: float = 1.0, **options) -> torch.Tensor:
        """(B, colours, R, R) pictures of (B, latent); options as of `Synthesis.forward`."""
        return self.synthesis(self.styles(z, truncation), **options)
