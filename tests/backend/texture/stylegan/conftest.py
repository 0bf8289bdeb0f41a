"""StyleGAN2's generator written a second time from the paper, one sample and one pixel rule at a time, in float64.

Convolutions act on modulated and demodulated weights of each sample; doubling the resolution is done in the open: zeros
between the pixels, padding, and a correlation with the flipped kernels.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8.0
FILTER = torch.outer(TAPS, TAPS)


def stretched(x: torch.Tensor) -> torch.Tensor:
    """Zeros between the pixels of (C, H, W): (C, 2H, 2W)."""
    channels, height, width = x.shape
    result = torch.zeros(channels, 2 * height, 2 * width, dtype=x.dtype)
    result[:, ::2, ::2] = x
    return result


def blurred(x: torch.Tensor, left: int, right: int) -> torch.Tensor:
    """(C, H + left + right - 3, ...) of (C, H, W) padded with zeros on each side, filtered with a gain of 4."""
    padded = F.pad(x, (left, right, left, right))
    return F.conv2d(padded[:, None], 4.0 * FILTER[None, None])[:, 0]


def doubled(picture: torch.Tensor) -> torch.Tensor:
    return blurred(stretched(picture), 2, 1)


def linear(weights: dict, name: str, x: torch.Tensor, rate: float = 1.0) -> torch.Tensor:
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return weight @ x * rate / math.sqrt(len(x)) + bias * rate


def leaky(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x < 0.0, 0.2 * x, x) * math.sqrt(2.0)


def styles(weights: dict, z: torch.Tensor) -> torch.Tensor:
    w = z / torch.sqrt((z**2).mean() + 1e-8)
    index = 0
    while f"mapping.fc{index}.weight" in weights:
        w = leaky(linear(weights, f"mapping.fc{index}", w, rate=0.01))
        index += 1
    return w


def convolved(weights: dict, name: str, x: torch.Tensor, w: torch.Tensor, up: bool) -> torch.Tensor:
    style = linear(weights, f"{name}.affine", w)
    kernel = weights[f"{name}.weight"] * style[None, :, None, None]
    kernel = kernel / torch.sqrt((kernel**2).sum(dim=(1, 2, 3), keepdim=True) + 1e-8)
    if up:
        # A true convolution of the stretched features, at full overlap, one pixel less on the far side.
        full = F.conv2d(F.pad(stretched(x), (2, 1, 2, 1))[None], kernel.flip(2, 3))[0]
        y = blurred(full, 1, 1)
    else:
        y = F.conv2d(x[None], kernel, padding=1)[0]
    y = y + weights[f"{name}.noise_const"] * weights[f"{name}.noise_strength"]
    return leaky(y + weights[f"{name}.bias"][:, None, None]).clamp(-256.0, 256.0)


def picture(weights: dict, w: torch.Tensor, resolution: int) -> torch.Tensor:
    """(C, R, R) of (style count, style)."""
    x, colours, place = weights["synthesis.b4.const"], None, 0
    size = 4
    while size <= resolution:
        name = f"synthesis.b{size}"
        if size > 4:
            x = convolved(weights, f"{name}.conv0", x, w[place], up=True)
            place += 1
        x = convolved(weights, f"{name}.conv1", x, w[place], up=False)
        place += 1
        style = linear(weights, f"{name}.torgb.affine", w[place]) / math.sqrt(len(x))
        kernel = weights[f"{name}.torgb.weight"][:, :, 0, 0] * style[None]
        own = torch.einsum("oi,ihw->ohw", kernel, x) + weights[f"{name}.torgb.bias"][:, None, None]
        own = own.clamp(-256.0, 256.0)
        colours = own if colours is None else doubled(colours) + own
        size *= 2
    return colours


@pytest.fixture(scope="session")
def reference() -> SimpleNamespace:
    """styles(weights, z) and picture(weights, styles, resolution) by the plain reference."""
    return SimpleNamespace(styles=styles, picture=picture)
