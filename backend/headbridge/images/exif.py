"""The few EXIF entries a photo needs: how the camera was held, and its lens.

Written from the EXIF 2.32 and TIFF 6.0 standards. Damaged data never raises: files from the world have much of it, and
a photo without its EXIF data is a photo still.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

# A directory has some dozens of entries; a count beyond this is damage.
_MOST_ENTRIES = 1024
_FORMATS = {1: ("B", 1), 3: ("H", 2), 4: ("I", 4), 5: ("II", 8), 9: ("i", 4), 10: ("ii", 8)}

_ORIENTATION, _EXIF_DIRECTORY = 0x0112, 0x8769
_FOCAL_LENGTH, _FOCAL_LENGTH_35 = 0x920A, 0xA405
_PIXELS_X, _PIXELS_Y = 0xA002, 0xA003
_RESOLUTION_X, _RESOLUTION_Y, _RESOLUTION_UNIT = 0xA20E, 0xA20F, 0xA210
_MM_PER_UNIT = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}

DIAGONAL_35MM = math.hypot(36.0, 24.0)
"""mm; an equivalent focal length is one of equal angle over the picture's diagonal (CIPA DCG-001)."""


@dataclass(frozen=True)
class Exif:
    """orientation : 1..8, as the standard numbers them; 1 upright.
    focal_mm_35 : focal length in mm on a 36 x 24 mm picture of the same diagonal angle, or None.
    pixels : (width, height) when the photo was taken, or None.
    """

    orientation: int = 1
    focal_mm_35: float | None = None
    pixels: tuple[int, int] | None = None


def read_exif(content: bytes) -> Exif | None:
    """The entries of a TIFF structure (what follows "Exif" in a JPEG); None when it is damaged."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[:4])
    if order is None:
        return None
    try:
        main = _directory(content, order, struct.unpack_from(order + "I", content, 4)[0])
        inner = _directory(content, order, int(main[_EXIF_DIRECTORY])) if _EXIF_DIRECTORY in main else {}
    except struct.error:
        return None
    orientation = int(main.get(_ORIENTATION, 1))
    sides = int(inner.get(_PIXELS_X, 0)), int(inner.get(_PIXELS_Y, 0))
    pixels = sides if min(sides) > 0 else None
    return Exif(orientation if 1 <= orientation <= 8 else 1, _focal_mm_35(inner, pixels), pixels)


def _directory(content: bytes, order: str, offset: int) -> dict[int, float]:
    """Tag to the first value of every entry of numbers; `struct.error` when the directory is cut off."""
    (count,) = struct.unpack_from(order + "H", content, offset)
    if count > _MOST_ENTRIES:
        raise struct.error("no directory")
    values = {}
    for number in range(count):
        at = offset + 2 + 12 * number
        tag, kind, amount = struct.unpack_from(order + "HHI", content, at)
        code, size = _FORMATS.get(kind, ("", 0))
        if not code or amount == 0:
            continue
        place = at + 8 if size * amount <= 4 else struct.unpack_from(order + "I", content, at + 8)[0]
        if place + size > len(content):
            continue
        parts = struct.unpack_from(order + code, content, place)
        if len(parts) == 1:
            values[tag] = float(parts[0])
        elif parts[1] != 0:
            values[tag] = parts[0] / parts[1]
    return values


def _focal_mm_35(values: dict[int, float], pixels: tuple[int, int] | None) -> float | None:
    if values.get(_FOCAL_LENGTH_35, 0.0) > 0.0:
        return values[_FOCAL_LENGTH_35]
    focal = values.get(_FOCAL_LENGTH, 0.0)
    across = values.get(_RESOLUTION_X, 0.0)
    down = values.get(_RESOLUTION_Y, across)
    # The standard's default unit is the inch.
    unit = _MM_PER_UNIT.get(int(values.get(_RESOLUTION_UNIT, 2)))
    if focal <= 0.0 or across <= 0.0 or down <= 0.0 or unit is None or pixels is None:
        return None
    return focal * DIAGONAL_35MM / math.hypot(pixels[0] / across * unit, pixels[1] / down * unit)
