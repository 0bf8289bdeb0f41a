"""Torch tensors in Warp kernels."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext

import torch
import warp as wp

from ..device import warp_device


def as_warp(tensor: torch.Tensor, dtype) -> wp.array:
    """A one-dimensional view of a contiguous tensor's memory as elements of a Warp type; several times as quick as
    `warp.from_torch`, which counts for kernels of a millisecond."""
    elements = tensor.numel() // math.prod(getattr(dtype, "_shape_", ()))
    array = wp.array(ptr=tensor.data_ptr(), dtype=dtype, shape=(elements,), device=device_of(tensor), copy=False)
    # The memory lives as long as the view.
    array._tensor = tensor
    return array


def device_of(tensor: torch.Tensor):
    """The Warp device a tensor lives on."""
    return warp_device(tensor.device.type)


def torch_stream(tensor: torch.Tensor) -> AbstractContextManager:
    """Kernels launched in this context run in order with torch's own (on CUDA; nothing to do on the CPU)."""
    if tensor.device.type == "cpu":
        return nullcontext()
    return wp.ScopedStream(wp.stream_from_torch(torch.cuda.current_stream(tensor.device)))
