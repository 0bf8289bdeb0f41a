"""The layers of StyleGAN2 (Karras et al. 2020): weights learn at one rate, styles scale them, filters double pictures.

Everything is plain torch and twice differentiable, which the R1 and path length penalties need.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

LEAK = 0.2
# A leaky ReLU of normal numbers has about half their variance.
ACTIVATION_GAIN = math.sqrt(2.0)
BLUR = (1.0, 3.0, 3.0, 1.0)
_EPSILON = 1e-8


def activate(x: torch.Tensor, clamp: float | None = None, gain: float = ACTIVATION_GAIN) -> torch.Tensor:
    """Leaky ReLU that keeps the variance, cut off at +-`clamp`. gain : 1 where the input has been scaled already."""
    y = F.leaky_relu(x if gain == 1.0 else x * gain, LEAK)
    return y if clamp is None else y.clamp(-clamp, clamp)


def blur_kernel(channels: int, gain: float, like: torch.Tensor) -> torch.Tensor:
    """(channels, 1, 4, 4) the binomial low-pass filter that goes with a change of resolution, of sum `gain`."""
    taps = torch.tensor(BLUR, device=like.device, dtype=torch.float32)
    kernel = torch.outer(taps, taps)
    kernel = (kernel * (gain / kernel.sum())).to(like.dtype)
    return kernel.expand(channels, 1, 4, 4)


def upsample(picture: torch.Tensor) -> torch.Tensor:
    """(B, C, 2H, 2W) of a (B, C, H, W) picture: zeros between, then the filter; a constant keeps its value inside."""
    channels = picture.shape[1]
    return F.conv_transpose2d(picture, blur_kernel(channels, 4.0, picture), stride=2, padding=1, groups=channels)


class Linear(nn.Module):
    """y = x W^T + b with weights stored near unit variance and scaled when used (equalised learning rate).

    rate : learning rate multiplier. start : first value of the bias."""

    def __init__(self, inputs: int, outputs: int, rate: float = 1.0, start: float = 0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), float(start)))
        self.weight_gain, self.bias_gain = rate / math.sqrt(inputs), rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight * self.weight_gain, self.bias * self.bias_gain)


class StyledConv(nn.Module):
    """A 3 x 3 convolution whose inputs a style scales and whose outputs are brought back to unit variance
    (demodulation), with noise that does not change, bias and activation. `up` doubles the resolution."""

    def __init__(self, inputs: int, outputs: int, style_size: int, resolution: int, up: bool, clamp: float | None):
        super().__init__()
        self.affine = Linear(style_size, inputs, start=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.up, self.clamp = up, clamp

    def forward(self, x: torch.Tensor, w: torch.Tensor, random_noise: bool = False) -> torch.Tensor:
        """(B, O, R, R) of (B, I, R or R/2, R or R/2) and (B, style size) w. Other noise each time if `random_noise`."""
        style = self.affine(w)
        weight = self.weight
        if x.dtype == torch.float16:
            # Neither the weights nor the styles may leave the range of half floats; demodulation takes scales out.
            weight = weight / (weight.abs().amax(dim=(1, 2, 3), keepdim=True) * math.sqrt(weight[0].numel()))
            style = style / style.abs().amax(dim=1, keepdim=True)
        squares = weight.square().sum(dim=(2, 3))
        scale = (style.square() @ squares.T + _EPSILON).rsqrt()
        # Scaling the activations, not the weights: one convolution serves the batch, and with frozen weights the
        # gradient of a style needs no gradient of a weight.
        x = x * style[:, :, None, None].to(x.dtype)
        weight = weight.to(x.dtype)
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = F.conv2d(x, blur_kernel(x.shape[1], 4.0, x), padding=1, groups=x.shape[1])
        else:
            x = F.conv2d(x, weight, padding=1)
        return activate(self._offset(x, scale, random_noise), self.clamp, gain=1.0)

    def _offset(self, x: torch.Tensor, scale: torch.Tensor, random_noise: bool) -> torch.Tensor:
        """Demodulated features with bias and noise, times the activation's gain, which a leaky ReLU lets through."""
        scale = (ACTIVATION_GAIN * scale)[:, :, None, None].to(x.dtype)
        y = torch.addcmul((ACTIVATION_GAIN * self.bias)[None, :, None, None].to(x.dtype), x, scale)
        noise = torch.randn(len(x), 1, *x.shape[2:], device=x.device) if random_noise else self.noise_const[None, None]
        return y.add_((ACTIVATION_GAIN * self.noise_strength * noise).to(x.dtype))


class ToRgb(nn.Module):
    """A 1 x 1 convolution under a style, without demodulation, to the colours of a picture."""

    def __init__(self, inputs: int, colours: int, style_size: int, clamp: float | None):
        super().__init__()
        self.affine = Linear(style_size, inputs, start=1.0)
        self.weight = nn.Parameter(torch.randn(colours, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(colours))
        self.weight_gain, self.clamp = 1.0 / math.sqrt(inputs), clamp

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """(B, colours, R, R) float32 or wider."""
        style = self.affine(w) * self.weight_gain
        y = F.conv2d(x * style[:, :, None, None].to(x.dtype), self.weight.to(x.dtype))
        y = y + self.bias[:, None, None].to(y.dtype)
        y = y if self.clamp is None else y.clamp(-self.clamp, self.clamp)
        return y if y.dtype == torch.float64 else y.float()
