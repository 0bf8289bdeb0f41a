"""What a HEIC or AVIF file says about its picture, read from its boxes without decoding it.

Boxes are ISO/IEC 14496-12's; properties of items, and how they belong to them, ISO/IEC 23008-12's (HEIF).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# No picture has more; a count beyond this is damage.
_MOST_PROPERTIES = 100_000


@dataclass(frozen=True)
class MediaPicture:
    """width, height : before it is turned. profile : ICC, b"" without. coding : primaries and transfer curve by ITU-T
    H.273, None where they are not said."""

    width: int = 0
    height: int = 0
    profile: bytes = b""
    coding: tuple[int, int] | None = None


def media_kind(content: bytes) -> str:
    """ "HEIC", "AVIF", or "" for other content; video files, of the same boxes, are others."""
    if content[4:8] != b"ftyp":
        return ""
    (length,) = struct.unpack_from(">I", content)
    brands = {content[8:12], *(content[at : at + 4] for at in range(16, min(length, len(content)), 4))}
    # Files of both kinds say that they are HEIF in general.
    return "AVIF" if brands & _AVIF else "HEIC" if brands & _HEIC else ""


def read_media(content: bytes) -> tuple[MediaPicture, bool]:
    """The picture the file is for, and whether the file is all there; `struct.error` when its boxes are damaged."""
    boxes = {}
    for kind, start, end in _boxes(content, 0, len(content)):
        boxes.setdefault(kind, (start, end))
        if end > len(content):
            return MediaPicture(), False
    if b"meta" not in boxes:
        return MediaPicture(), False
    start, end = boxes[b"meta"]
    inner = {kind: place for kind, *place in _boxes(content, start + 4, end)}
    if b"iprp" not in inner or b"pitm" not in inner:
        return MediaPicture(), False
    found = _properties_of(content, _main_item(content, inner[b"pitm"][0]), *inner[b"iprp"])
    width = height = 0
    profile, coding = b"", None
    for kind, first, last in found:
        if kind == b"ispe":
            width, height = struct.unpack_from(">4xII", content, first)
        elif kind == b"colr" and content[first : first + 4] in (b"prof", b"rICC"):
            profile = content[first + 4 : last]
        elif kind == b"colr" and content[first : first + 4] == b"nclx":
            coding = struct.unpack_from(">4xHH", content, first)
    return MediaPicture(width, height, profile, coding), True


def _boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind of each box, and where its content begins and ends."""
    while at + 8 <= end:
        length, kind = struct.unpack_from(">I4s", content, at)
        start = at + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", content, start)
            start += 8
        last = at + length if length else end
        if last < start:
            raise struct.error("a box that ends before it begins")
        yield kind, start, last
        at = last


def _main_item(content: bytes, at: int) -> int:
    (version,) = struct.unpack_from(">B", content, at)
    return struct.unpack_from(">4xI" if version else ">4xH", content, at)[0]


def _properties_of(content: bytes, item: int, at: int, end: int) -> list[tuple[bytes, int, int]]:
    """The property boxes that belong to an item."""
    inner = {kind: place for kind, *place in _boxes(content, at, end)}
    if b"ipco" not in inner or b"ipma" not in inner:
        return []
    properties = list(_boxes(content, *inner[b"ipco"]))
    at = inner[b"ipma"][0]
    version, flags, count = struct.unpack_from(">BxxBI", content, at)
    at += 8
    for _ in range(min(count, _MOST_PROPERTIES)):
        name, size = ">I" if version else ">H", 4 if version else 2
        (owner,) = struct.unpack_from(name, content, at)
        (amount,) = struct.unpack_from(">B", content, at + size)
        at += size + 1
        large = flags & 1
        numbers = struct.unpack_from(f">{amount}{'H' if large else 'B'}", content, at)
        at += amount * (1 + large)
        if owner == item:
            # The topmost bit says that a reader must understand the property; they are counted from one.
            chosen = [(number & (0x7FFF if large else 0x7F)) - 1 for number in numbers]
            return [properties[number] for number in chosen if 0 <= number < len(properties)]
    return []
