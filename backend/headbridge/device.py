"""Choosing a compute device: what is asked for runs, or raises."""

from __future__ import annotations

import warp as wp

from .errors import DeviceError

# Warp's start-up banner would land in the middle of a command's output.
wp.config.log_level = wp.LOG_WARNING


def available_devices() -> list[str]:
    """The devices jobs can ask for: always "cpu", and "cuda" when Warp sees a CUDA device."""
    wp.init()
    return ["cpu"] + (["cuda"] if wp.is_cuda_available() else [])


def warp_device(name: str):
    """The Warp device of a name, "cpu" or "cuda" (first CUDA device).

    Raises `DeviceError` when the name is unknown or CUDA is not there."""
    wp.init()
    if name == "cpu":
        return wp.get_device("cpu")
    if name == "cuda":
        if not wp.is_cuda_available():
            raise DeviceError(
                "The device 'cuda' was asked for, but no CUDA device is available; install an NVIDIA driver or use the device 'cpu'."
            )
        return wp.get_device("cuda:0")
    raise DeviceError(f"There is no device '{name}'; use 'cpu' or 'cuda'.")
