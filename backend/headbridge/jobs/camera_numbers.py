"""Numbers in files of cameras."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError


def numbers_of(value: Any, shape: tuple[int, ...], key: str, where: str, fix: str) -> np.ndarray:
    """The numbers that stand under `key`; raises `InputError`, naming place, key and fix, where they are not of this shape
    or not finite."""
    try:
        array = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError):
        array = np.full(1, np.nan)
    if array.shape != shape or not np.isfinite(array).all():
        wanted = f"numbers of shape {shape}" if shape else "a number"
        raise InputError(f"{where}: '{key}' should be {wanted}; {fix}.")
    return array
