"""The sRGB transfer curve (IEC 61966-2-1), luminance, and errors of colours in decibels."""

from __future__ import annotations

import math

import numpy as np
import warp as wp

from ..device import warp_device
from ..spatial.blocks import run_in_blocks

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""What red, green and blue add to the luminance (Rec. 709)."""


@wp.func
def decode_srgb(value: float):
    """Linear light of an sRGB value."""
    if value <= 0.04045:
        return value / 12.92
    return wp.pow((value + 0.055) / 1.055, 2.4)


@wp.func
def encode_srgb(value: float):
    """sRGB value of linear light."""
    if value <= 0.0031308:
        return value * 12.92
    return 1.055 * wp.pow(value, 1.0 / 2.4) - 0.055


@wp.kernel(enable_backward=False)
def _decode_kernel(values: wp.array(dtype=float), first: int, results: wp.array(dtype=float)):
    i = wp.tid() + first
    results[i] = decode_srgb(values[i])


@wp.kernel(enable_backward=False)
def _encode_kernel(values: wp.array(dtype=float), first: int, results: wp.array(dtype=float)):
    i = wp.tid() + first
    results[i] = encode_srgb(values[i])


def srgb_to_linear(values: np.ndarray) -> np.ndarray:
    """Linear light of sRGB values of any shape, float32; 0..1 maps to 0..1, values beyond follow the same curve."""
    return _apply(_decode_kernel, values)


def linear_to_srgb(values: np.ndarray) -> np.ndarray:
    """sRGB values of linear light of any shape, float32; the inverse of `srgb_to_linear`."""
    return _apply(_encode_kernel, values)


def _apply(kernel, values: np.ndarray) -> np.ndarray:
    values = np.ascontiguousarray(values, dtype=np.float32)
    results = np.empty_like(values)
    device = warp_device("cpu")
    arrays = [wp.array(v.reshape(-1), dtype=float, device=device, copy=False) for v in (values, results)]

    def launch(_block: int, first: int, last: int):
        wp.launch(kernel, dim=last - first, inputs=[arrays[0], first, arrays[1]], device=device)

    run_in_blocks(kernel, device, values.size, launch)
    return results


def psnr(mean_square: float) -> float:
    """Peak signal-to-noise ratio in dB of colours 0..1 with a mean squared error; at most 120."""
    return -10.0 * math.log10(max(mean_square, 1e-12))
