"""PNG files of numbers with a colour each (colour type 3 of the PNG specification, ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INDEXED, _BITS = 3, 8


def encode_indexed_png(numbers: np.ndarray, colours: Sequence[tuple[int, int, int]]) -> bytes:
    """The file of an (H, W) uint8 picture whose number k is shown in the k-th 8-bit sRGB colour. Raises `ValueError` for
    numbers without a colour."""
    height, width = numbers.shape
    if numbers.dtype != np.uint8 or numbers.max(initial=0) >= len(colours):
        raise ValueError(f"numbers should be uint8 below {len(colours)}, not {numbers.dtype} up to {numbers.max()}")
    # Every row starts with the number of its filter: none.
    rows = np.pad(numbers, ((0, 0), (1, 0)))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, _BITS, _INDEXED, 0, 0, 0)),
        (b"PLTE", np.array(colours, np.uint8).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
