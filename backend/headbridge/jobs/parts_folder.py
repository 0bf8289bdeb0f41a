"""Where a long job keeps what its stages have done, until it has ended well."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..cache import cache_folder

# What a job that was ended has left is kept for so many days.
_KEPT_DAYS = 14.0
_LOCK = ".lock"


@contextlib.contextmanager
def parts_folder(kind: str, key: str, output: str | os.PathLike) -> Iterator[Path]:
    """A folder, which need not exist, of one job at a time; gone once its work is done without an exception.

    It lies in the user's cache, and in the output folder where there is no cache. While a job of the same kind and key
    runs, another gets a folder of its own, since the first one's will go."""
    cache = cache_folder()
    name = f"{kind}-{key[:16]}"
    if cache is not None:
        _drop_old(cache, kind)
    with contextlib.nullcontext(True) if cache is None else _held(cache / f"{name}{_LOCK}") as alone:
        folder = (Path(output) if cache is None else cache) / (name if alone else f"{name}-{os.getpid()}")
        yield folder
        # While it is held: who waits for it begins anew in it.
        shutil.rmtree(folder, ignore_errors=True)


def _drop_old(cache: Path, kind: str) -> None:
    with contextlib.suppress(OSError):
        for old in cache.glob(f"{kind}-*"):
            if time.time() - old.stat().st_mtime > 86400.0 * _KEPT_DAYS:
                old.unlink() if old.is_file() else shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Hold the lock of a file, which goes with the process however it ends; False where another has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError:
        # Where nothing can be written nothing is kept either.
        yield True
        return
    with file:
        yield _locked(file)


def _locked(file) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
