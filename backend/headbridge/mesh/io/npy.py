"""NumPy's .npy format, without believing what its header claims: plain arrays only, as long as their content."""

from __future__ import annotations

import io
import math
import sys
from dataclasses import dataclass
from typing import IO

import numpy as np

from ...errors import InputError
from ...memory import FileBudget
from ...reading import reading

MAGIC = np.lib.format.MAGIC_PREFIX
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_PLAIN = "biufcSU"
# Zip files give what is asked for as one more copy.
_PIECE = 2**20


@dataclass(frozen=True)
class NpyHeader:
    """What stands before the numbers: `shape`, `fortran` order, `dtype`, and how many bytes the array takes."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype

    @property
    def size(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def holds_objects(self) -> bool:
        return self.dtype.hasobject


def read_header(stream: IO[bytes], source: str) -> NpyHeader:
    """The header, leaving the stream where the numbers start; `InputError` for versions, shapes and types that no array
    of numbers or text has."""
    with reading(source, "save it with numpy.save again"):
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            raise ValueError(f"version {version} of the .npy format")
        header = NpyHeader(*_HEADERS[version](stream))
        if min(header.shape, default=0) < 0 or (header.dtype.kind not in _PLAIN and not header.holds_objects):
            raise ValueError(f"an array of shape {header.shape} and type {header.dtype}")
        return header


def read_npy(stream: IO[bytes], size: int, source: str, budget: FileBudget) -> np.ndarray:
    """The array of an .npy file of `size` bytes in all; it may be changed.

    Raises `InputError` when its content is not as long as the header says, when it holds Python objects, which are never
    loaded, and when it takes more memory than the file may."""
    header = read_header(stream, source)
    if header.holds_objects:
        raise InputError(f"{source}: holds Python objects, which are never loaded; save plain arrays.")
    rest = size - stream.tell()
    if header.size != rest:
        raise InputError(
            f"{source}: the file is damaged ({rest} bytes for an array of shape {header.shape} and type "
            f"{header.dtype}); save it again."
        )
    budget.take(header.size, f"an array of shape {header.shape}")
    with reading(source, "save it again"):
        flat = np.empty(header.size, np.uint8)
        at = 0
        while at < len(flat) and (count := stream.readinto(memoryview(flat)[at : at + _PIECE])):
            at += count
        # Zip files compare their checksum at the end.
        if at < len(flat) or stream.read(1):
            raise EOFError("it ends too early" if at < len(flat) else "it goes on behind its end")
        return _typed(flat, header).reshape(header.shape, order="F" if header.fortran else "C")


def _typed(flat: np.ndarray, header: NpyHeader) -> np.ndarray:
    """The bytes as numbers or text, none of which may be a value that its type does not have."""
    if not header.size:
        return np.empty(math.prod(header.shape), header.dtype)
    if header.dtype.kind == "b":
        return flat != 0
    letters = flat.view(np.dtype("u4").newbyteorder(header.dtype.byteorder)) if header.dtype.kind == "U" else flat
    if header.dtype.kind == "U" and int(letters.max()) > sys.maxunicode:
        raise ValueError("text with letters that do not exist")
    return flat.view(header.dtype)


def decode(content: bytes, source: str) -> np.ndarray:
    """The array in the content of an .npy file; see `read_npy`."""
    return read_npy(io.BytesIO(content), len(content), source, FileBudget(len(content), source))
