"""Large arrays of .npz files part by part: a texture space's components would not fit into memory twice."""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np

from ..errors import InputError
from ..images.memory import check_memory

_MAGIC = b"PK\x03\x04"


class NpzRows:
    """The arrays of an .npz file; use it as a context manager.

    shapes, types : name to shape, to NumPy type. Raises `InputError` when the file is missing, is no .npz file, is damaged, or holds Python
    objects, which are never loaded."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        try:
            with open(self.path, "rb") as stream:
                if stream.read(4) != _MAGIC:
                    raise InputError(f"{path}: this is no .npz file; download it again.")
            self._archive = zipfile.ZipFile(self.path)
        except OSError as problem:
            raise InputError(f"{path}: cannot be read ({problem.strerror or problem}); check the path.") from problem
        except zipfile.BadZipFile as problem:
            raise self._damaged() from problem
        names = [name for name in self._archive.namelist() if name.endswith(".npy")]
        headers = {name.removesuffix(".npy"): self._header(name) for name in names}
        self.shapes = {name: header[0] for name, header in headers.items()}
        self.types = {name: header[2] for name, header in headers.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self._archive.close()

    def read(self, name: str) -> np.ndarray:
        """A whole array."""
        shape, _, dtype, _ = self._header(f"{name}.npy")
        check_memory(2 * math.prod(shape) * dtype.itemsize, f"{self.path}: the array '{name}'")
        return next(self.parts(name, 1)).reshape(shape)

    def parts(self, name: str, count: int) -> Iterator[np.ndarray]:
        """`count` equal parts of an array, flat, in its C order. Raises `InputError` for a truncated file."""
        shape, fortran, dtype, start = self._header(f"{name}.npy")
        numbers = math.prod(shape) // count
        try:
            with self._archive.open(f"{name}.npy") as stream:
                stream.read(start)
                if fortran:
                    check_memory(2 * math.prod(shape) * dtype.itemsize, f"{self.path}: the array '{name}'")
                    whole = np.frombuffer(stream.read(), dtype).reshape(shape, order="F")
                    yield from np.ascontiguousarray(whole).reshape(count, numbers)
                    return
                for _ in range(count):
                    content = stream.read(numbers * dtype.itemsize)
                    if len(content) != numbers * dtype.itemsize:
                        raise self._damaged()
                    yield np.frombuffer(content, dtype)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as problem:
            raise self._damaged() from problem

    def _header(self, name: str) -> tuple[tuple[int, ...], bool, np.dtype, int]:
        """Shape, whether in Fortran order, type, and where the numbers start."""
        try:
            with self._archive.open(name) as stream:
                version = np.lib.format.read_magic(stream)
                read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
                shape, fortran, dtype = read[version](stream)
                start = stream.tell()
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError) as problem:
            raise self._damaged() from problem
        if dtype.hasobject:
            raise InputError(f"{self.path}: holds Python objects, which are never loaded; save plain arrays.")
        return shape, fortran, dtype, start

    def _damaged(self) -> InputError:
        return InputError(f"{self.path}: the file is damaged or incomplete; download it again.")
