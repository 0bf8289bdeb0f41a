"""Large arrays of .npz files part by part: a texture space's components would not fit into memory twice."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

import numpy as np

from ..errors import InputError
from ..memory import FileBudget
from ..mesh.io.npy import NpyHeader, read_header, read_npy
from ..reading import reading

_MAGIC = b"PK\x03\x04"
_ADVICE = "download it again"


class NpzRows:
    """The arrays of an .npz file; use it as a context manager.

    shapes, types : name to shape, to NumPy type. Raises `InputError` when the file is missing, is no .npz file, is
    damaged, or holds Python objects, which are never loaded."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        try:
            with open(self.path, "rb") as stream:
                if stream.read(4) != _MAGIC:
                    raise InputError(f"{path}: this is no .npz file; download it again.")
            size = self.path.stat().st_size
            with reading(path, _ADVICE):
                self._archive = zipfile.ZipFile(self.path)
        except OSError as problem:
            raise InputError(f"{path}: cannot be read ({problem.strerror or problem}); check the path.") from problem
        self._budget = FileBudget(size, str(path))
        names = [name.removesuffix(".npy") for name in self._archive.namelist() if name.endswith(".npy")]
        headers = {name: self._header(name) for name in names}
        self.shapes = {name: header.shape for name, header in headers.items()}
        self.types = {name: header.dtype for name, header in headers.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self._archive.close()

    def read(self, name: str) -> np.ndarray:
        """A whole array."""
        with self._opened(name) as stream:
            size = self._archive.getinfo(f"{name}.npy").file_size
            return read_npy(stream, size, f"{self.path}: '{name}'", self._budget)

    def parts(self, name: str, count: int) -> Iterator[np.ndarray]:
        """`count` equal parts of an array, flat, in its C order. Raises `InputError` for a truncated file."""
        header = self._header(name)
        if header.fortran:
            yield from np.ascontiguousarray(self.read(name)).reshape(count, -1)
            return
        self._budget.count(header.size, f"the array '{name}'")
        length = header.size // count
        with self._opened(name) as stream:
            read_header(stream, str(self.path))
            for _ in range(count):
                with reading(self.path, _ADVICE):
                    content = stream.read(length)
                if len(content) != length:
                    raise InputError(
                        f"{self.path}: the file is damaged (the array '{name}' ends too early); {_ADVICE}."
                    )
                yield np.frombuffer(content, header.dtype)

    def _opened(self, name: str) -> IO[bytes]:
        with reading(self.path, _ADVICE):
            return self._archive.open(f"{name}.npy")

    def _header(self, name: str) -> NpyHeader:
        with self._opened(name) as stream:
            header = read_header(stream, str(self.path))
        if header.holds_objects:
            raise InputError(f"{self.path}: holds Python objects, which are never loaded; save plain arrays.")
        return header
