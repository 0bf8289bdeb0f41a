"""Checks of what is handed to the renderer, with one clear line for what is wrong."""

from __future__ import annotations

import torch

from ..errors import InputError


def check_tensor(what: str, tensor: torch.Tensor, shape: tuple[int | str, ...], device: torch.device) -> None:
    """Raises `InputError` unless `tensor` is float32 of the shape (names stand for any size) on the device."""
    expected = "(" + ", ".join(map(str, shape)) + ")"
    if tensor.dtype != torch.float32:
        raise InputError(f"{what} should be float32, not {str(tensor.dtype).removeprefix('torch.')}; convert them.")
    if tensor.dim() != len(shape) or any(
        isinstance(wanted, int) and wanted != size for wanted, size in zip(shape, tensor.shape)
    ):
        raise InputError(f"{what} should have shape {expected}, not {tuple(tensor.shape)}.")
    if tensor.device.type != device.type:
        raise InputError(f"{what} are on the device '{tensor.device.type}', but the faces on '{device.type}'.")


def check_places(what: str, tensor: torch.Tensor, shape: tuple[int | str, ...], device: torch.device) -> None:
    """`check_tensor`, and all numbers finite: for what tells kernels where to read and write."""
    check_tensor(what, tensor, shape, device)
    # One sum reads faster than a comparison of every number, and places whose sum overflows are as bad.
    if not bool(torch.isfinite(tensor.detach().sum())):
        raise InputError(f"{what} hold numbers that are not finite; look where they come from.")


def check_views(what: str, views: int, expected: int) -> None:
    """Raises `InputError` unless there is one for all views, or one for each."""
    if views not in (1, expected):
        raise InputError(f"{what} are given for {views} views, but there are {expected}; give one for all or one each.")
