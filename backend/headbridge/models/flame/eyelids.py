"""metrical-tracker's eyelid shapes, which FLAME itself does not have."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...mesh.io.files import read_file
from ...topologies import load_builtin
from ..safe_pickle import parse_npy
from .data import MILLIMETRES

FILE_NAMES = ("l_eyelid.npy", "r_eyelid.npy")


def read_eyelids(folder: str | os.PathLike) -> np.ndarray:
    """(2, 5023, 3) millimetres: the left and the right eyelid's shape, from l_eyelid.npy and r_eyelid.npy in metres.

    Raises `InputError` when one is missing or has another shape."""
    wanted = load_builtin("flame").vertices.shape
    shapes = []
    for name in FILE_NAMES:
        path = Path(folder) / name
        array = parse_npy(read_file(path), str(path))
        if array.shape != wanted or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise InputError(f"{path}: an eyelid shape should hold {wanted} numbers, but has the shape {array.shape}.")
        shapes.append(array.astype(np.float64) * MILLIMETRES)
    return np.stack(shapes)
