"""Arrays against the shapes and kinds they should have."""

from __future__ import annotations

from collections.abc import Sequence as Ordered

import numpy as np

from ..errors import InputError

FRAMES, FIXED_OR_FRAMES = "T", "F"
_TYPES = {"i": np.int64, "b": np.bool_, "U": np.str_}
_WORDS = {"f": "numbers", "i": "whole numbers", "b": "yes or no", "U": "text"}
_TAKEN = {"f": "fiu", "i": "iu", "b": "b", "U": "U"}


def checked_array(
    value, name: str, kind: str, shape: Ordered[str | int], sizes: dict[str, int], source: str
) -> np.ndarray:
    """`value` as an array of a kind ("f" float32 or float64, "i" int64, "b", "U").

    shape : sizes or letters; `sizes` holds what the letters met so far stand for, and takes new ones up. "F" is 1 or "T".
    Raises `InputError` for another kind or shape, NaN and infinite values."""
    array = np.asarray(value)
    if array.dtype.kind not in _TAKEN[kind]:
        raise InputError(f"{source}: '{name}' should hold {_WORDS[kind]}, not {array.dtype}.")
    if kind != "f":
        array = array.astype(_TYPES[kind], copy=False)
    elif array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    wanted = []
    for place, side in enumerate(shape):
        if side == FIXED_OR_FRAMES:
            single = array.ndim > place and array.shape[place] == 1
            wanted.append(1 if single else sizes[FRAMES])
        elif isinstance(side, str):
            known = array.shape[place] if array.ndim > place else side
            wanted.append(sizes.get(side, known))
        else:
            wanted.append(side)
    if array.shape != tuple(wanted):
        said = f"({', '.join(map(str, wanted))}{',' if len(wanted) == 1 else ''})"
        raise InputError(f"{source}: '{name}' should have the shape {said}, but has {array.shape}.")
    sizes |= {side: array.shape[place] for place, side in enumerate(shape) if isinstance(side, str) and side != "F"}
    if kind == "f" and not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))[0]
        raise InputError(f"{source}: '{name}' has NaN or infinite values (first at {tuple(map(int, bad))}).")
    return array
