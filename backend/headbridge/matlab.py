"""MATLAB's files, read by SciPy in a process of its own: a file that crashes its reader costs that process only."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence

import numpy as np

from .apart import run_apart
from .errors import InputError
from .mesh.io.files import read_file

# Files of version 7.3 are HDF5 behind a header of MATLAB's; other programs write HDF5 from the first byte.
_HDF5, _VERSION_73 = b"\x89HDF", b"MATLAB 7.3"


def read_matlab(
    path: str | os.PathLike,
    advice: str = "save it again with scipy.io.savemat",
    names: Sequence[str] = (),
    waiting: Callable[[], None] = lambda: None,
) -> dict[str, np.ndarray]:
    """The arrays of numbers in a file, all or those of some names; cells, structures and texts are left out.

    advice : what to do about a file that is damaged or of another kind. waiting : called several times a second meanwhile.
    Raises `InputError` for files that are damaged or HDF5."""
    content = read_file(path)
    if content.startswith((_HDF5, _VERSION_73)):
        raise InputError(f"{path}: this is an HDF5 file, as MATLAB 7.3 writes, which is not read; {advice}.")
    given = {"content": np.frombuffer(content, np.uint8), "names": np.array(names, np.str_)}
    return run_apart(__name__, "matlab_arrays", given, path, advice, waiting)


def matlab_arrays(content: np.ndarray, names: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays in a MATLAB file, given as (N,) uint8; for `run_apart`."""
    from scipy.io import loadmat

    found = loadmat(io.BytesIO(content.tobytes()), variable_names=names.tolist() or None)
    return {
        name: array
        for name, array in found.items()
        if not name.startswith("__") and isinstance(array, np.ndarray) and array.dtype.kind in "fiub"
    }
