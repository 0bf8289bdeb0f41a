"""Checks of what is handed to the renderer, with one clear line for what is wrong."""

from __future__ import annotations

import torch

from ..errors import InputError
from .faces import Faces


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


def check_picture(points: torch.Tensor, faces: Faces, size: int | tuple[int, int]) -> tuple[int, int]:
    """Height and width of the picture to make; raises `InputError` for one that is empty or too large, and for screen
    points that are not the faces' own."""
    height, width = (size, size) if isinstance(size, int) else size
    if height < 1 or width < 1 or height * width > 2**28:
        raise InputError(f"A picture of {height} x {width} pixels cannot be rendered; ask for 1 to 16384 on a side.")
    check_places("Screen points", points, ("B", faces.count, 3), faces.device)
    if not 1 <= len(points) * height * width < 2**31:
        raise InputError(
            f"{len(points)} views of {height} x {width} pixels cannot be rendered at once; render 1 or more, in parts."
        )
    return height, width


def check_views(what: str, views: int, expected: int) -> None:
    """Raises `InputError` unless there is one for all views, or one for each."""
    if views not in (1, expected):
        raise InputError(f"{what} are given for {views} views, but there are {expected}; give one for all or one each.")
