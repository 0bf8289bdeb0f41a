"""MATLAB's files, read by SciPy in a process of its own: a file that crashes its reader costs that process only."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...apart import child_environment
from ...errors import InputError
from ...mesh.io.npz import read_arrays, write_arrays
from ...progress import Progress


def read_matlab(paths: list[Path], progress: Progress) -> Iterator[dict[str, np.ndarray]]:
    """The arrays of numbers of each file, in the order of `paths`; cells, structures and texts are left out.

    Raises `InputError` for files that are damaged or of MATLAB 7.3 (HDF5)."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment()) as child:
        try:
            for number, path in enumerate(paths):
                progress.report(number / len(paths), f"Reading {path.name}")
                kind, content = _asked(child, path)
                if kind == b"E":
                    raise InputError(f"{path}: {content.decode('utf-8')}")
                yield read_arrays(content, str(path))
        finally:
            child.kill()


def _asked(child: subprocess.Popen, path: Path) -> tuple[bytes, bytes]:
    """The child's answer for a file: b"A" and the arrays, or b"E" and the error."""
    damaged = InputError(f"{path}: this MATLAB file cannot be read; save it again with scipy.io.savemat.")
    try:
        child.stdin.write(os.fsencode(path.resolve()) + b"\n")
        child.stdin.flush()
    except OSError as problem:
        raise damaged from problem
    head = child.stdout.read(9)
    if len(head) < 9:
        raise damaged
    length = struct.unpack("<Q", head[1:])[0]
    content = child.stdout.read(length)
    if len(content) < length:
        raise damaged
    return head[:1], content


def _answer(path: str) -> tuple[bytes, bytes]:
    from scipy.io import loadmat

    try:
        found = loadmat(path)
        numbers = {
            name: array
            for name, array in found.items()
            if not name.startswith("__") and isinstance(array, np.ndarray) and array.dtype.kind in "fiub"
        }
        return b"A", write_arrays(numbers)
    except NotImplementedError:
        return b"E", b"this is a file of MATLAB 7.3 (HDF5), which is not read; save it with '-v7'."
    except Exception as problem:
        # Whatever SciPy meets in a damaged file: the process exists to bear it.
        return b"E", f"this is no MATLAB file that can be read ({' '.join(str(problem).split())}).".encode()


def _serve() -> None:
    """Answer one path a line of stdin, until it ends."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr
    for line in sys.stdin.buffer:
        kind, content = _answer(os.fsdecode(line.rstrip(b"\n")))
        out.write(kind + struct.pack("<Q", len(content)) + content)
        out.flush()


if __name__ == "__main__":
    _serve()
