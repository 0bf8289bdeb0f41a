"""One thread for NumPy's and SciPy's linear algebra where many small products would spend their time waiting.

OpenBLAS hands every product to all cores and waits for the last; where other programmes use them, too, that takes ten
times as long as one thread alone.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy
import scipy

# The wheels of NumPy and SciPy rename OpenBLAS's functions so that the two can be loaded together.
_NAMES = [f"{prefix}openblas_%s_num_threads{suffix}" for prefix in ("", "scipy_") for suffix in ("", "64_", "_64")]
_FOLDERS = ("{package}.libs", "{package}/.dylibs")


@contextlib.contextmanager
def single_blas_thread() -> Iterator[None]:
    """Linear algebra of NumPy and SciPy runs on one thread inside, in all of the process; nothing changes where theirs
    is not OpenBLAS."""
    before = [(put, get()) for get, put in _libraries()]
    try:
        for put, _ in before:
            put(1)
        yield
    finally:
        for put, threads in before:
            put(threads)


@cache
def _libraries() -> list[tuple[ctypes._CFuncPtr, ctypes._CFuncPtr]]:
    """How to ask and tell every OpenBLAS that is loaded its number of threads."""
    found = []
    for package in (numpy, scipy):
        root = Path(package.__file__).parent
        for pattern in _FOLDERS:
            folder = root.parent / pattern.format(package=root.name)
            for path in sorted(folder.glob("*openblas*")):
                with contextlib.suppress(OSError):
                    found += _functions(ctypes.CDLL(str(path)))
    return found


def _functions(library: ctypes.CDLL) -> list[tuple[ctypes._CFuncPtr, ctypes._CFuncPtr]]:
    for name in _NAMES:
        get, put = (getattr(library, name % verb, None) for verb in ("get", "set"))
        if get is not None and put is not None:
            get.restype, put.argtypes, put.restype = ctypes.c_int, [ctypes.c_int], None
            return [(get, put)]
    return []
