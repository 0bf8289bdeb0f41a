"""What the start of a picture file says without decoding it: size, kind, EXIF data, whether its end is there."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_EXR = b"\x76\x2f\x31\x01"
# The second kind has 64-bit places in the file.
_TIFFS, _LARGE_TIFFS = (b"II*\0", b"MM\0*"), (b"II+\0", b"MM\0+")
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _APP1, _APP14 = 0xDA, 0xE1, 0xEE
# Entries of a TIFF's first directory.
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_SAMPLES, _TIFF_BITS, _TIFF_EXTRA_SAMPLES = 256, 257, 277, 258, 338

ASSOCIATED, UNASSOCIATED = 1, 2
"""What a TIFF's fourth channel is: alpha that its colours are multiplied by, or that they are not."""


@dataclass(frozen=True)
class Container:
    """kind : "JPEG", "PNG", "WebP", "TIFF" or "" for others.
    width, height, channels : as stored, 0 where the file does not say it.
    bytes_per_channel : once decoded.
    exif : the TIFF structure with EXIF data, b"" without.
    whole : False when the file ends before its picture does.
    adobe : a JPEG says by Adobe's marker how its CMYK values are meant.
    tiff_alpha : `ASSOCIATED`, `UNASSOCIATED`, or 0 where a TIFF does not say it.
    """

    kind: str = ""
    width: int = 0
    height: int = 0
    channels: int = 3
    bytes_per_channel: int = 1
    exif: bytes = b""
    whole: bool = True
    adobe: bool = False
    tiff_alpha: int = 0

    @property
    def decoded_bytes(self) -> int:
        return self.width * self.height * self.channels * self.bytes_per_channel


def read_container(content: bytes) -> Container:
    """What a file's content says about the picture in it; never raises."""
    try:
        if content[:2] == b"\xff\xd8":
            return _jpeg(content)
        if content[:8] == _PNG:
            return _png(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
        if content[:4] in _TIFFS:
            return _tiff(content)
    except struct.error:
        return Container(whole=False)
    return Container()


def readable(content: bytes) -> bool:
    """Whether the first bytes are those of a PNG, JPEG, WebP, TIFF or OpenEXR file: the formats that people give.

    Decoders of others are not let near a stranger's file; JPEG 2000's had holes."""
    if content[:4] == b"RIFF":
        return content[8:12] == b"WEBP"
    return content.startswith((b"\xff\xd8\xff", _PNG, _EXR, *_TIFFS, *_LARGE_TIFFS))


def _jpeg(content: bytes) -> Container:
    width = height = channels = 0
    exif, adobe, at = b"", False, 2
    while True:
        # Any number of 0xFF may stand before a marker.
        while content[at : at + 2] == b"\xff\xff":
            at += 1
        lead, marker = struct.unpack_from("BB", content, at)
        at += 2
        if lead != 0xFF:
            return Container("JPEG", width, height, channels or 3, exif=exif, whole=False, adobe=adobe)
        if marker in _STANDALONE:
            continue
        (length,) = struct.unpack_from(">H", content, at)
        body = content[at + 2 : at + length]
        if marker in _FRAMES:
            height, width, channels = struct.unpack_from(">xHHB", body)
        elif marker == _APP1 and body[:6] == b"Exif\0\0" and not exif:
            exif = body[6:]
        elif marker == _APP14 and body[:5] == b"Adobe":
            adobe = True
        elif marker == _START_OF_SCAN:
            ended = content.find(b"\xff\xd9", at + length) >= 0
            return Container("JPEG", width, height, channels, exif=exif, whole=ended, adobe=adobe)
        at += length


def _png(content: bytes) -> Container:
    width, height, bits, colour = struct.unpack_from(">IIBB", content, 16)
    chunks = dict(_chunks(content, 8, ">I4s", 4))
    channels, size = 1 if colour == 0 else 4, 2 if bits == 16 else 1
    return Container("PNG", width, height, channels, size, bytes(chunks.get(b"eXIf", b"")), b"IEND" in chunks)


def _webp(content: bytes) -> Container:
    (size,) = struct.unpack_from("<I", content, 4)
    chunks = dict(_chunks(content, 12, "<4sI", 0))
    width = height = 0
    if b"VP8X" in chunks:
        low_w, high_w, low_h, high_h = struct.unpack_from("<4xHBHB", chunks[b"VP8X"])
        width, height = low_w + (high_w << 16) + 1, low_h + (high_h << 16) + 1
    elif b"VP8L" in chunks:
        (bits,) = struct.unpack_from("<xI", chunks[b"VP8L"])
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif b"VP8 " in chunks:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<6xHH", chunks[b"VP8 "]))
    exif = bytes(chunks.get(b"EXIF", b"")).removeprefix(b"Exif\0\0")
    return Container("WebP", width, height, 4, exif=exif, whole=len(content) >= size + 8)


def _chunks(content: bytes, at: int, head: str, trailer: int) -> Iterator[tuple[bytes, memoryview]]:
    """Names and contents of a file's chunks; the last may be cut off, and is then not given."""
    view = memoryview(content)
    while at + 8 <= len(content):
        first, second = struct.unpack_from(head, content, at)
        name, length = (first, second) if isinstance(first, bytes) else (second, first)
        end = at + 8 + length
        if end + trailer > len(content):
            return
        yield name, view[at + 8 : end]
        # WebP's chunks start at even places; PNG's carry a checksum of four bytes.
        at = end + (trailer or length % 2)


def _tiff(content: bytes) -> Container:
    order = "<" if content[:2] == b"II" else ">"
    (offset,) = struct.unpack_from(order + "I", content, 4)
    (count,) = struct.unpack_from(order + "H", content, offset)
    values = {}
    for number in range(count):
        tag, kind, amount = struct.unpack_from(order + "HHI", content, offset + 2 + 12 * number)
        place = offset + 10 + 12 * number
        if tag == _TIFF_BITS and amount > 2:
            (place,) = struct.unpack_from(order + "I", content, place)
        if kind in (3, 4):
            (values[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), content, place)
    return Container(
        "TIFF",
        values.get(_TIFF_WIDTH, 0),
        values.get(_TIFF_HEIGHT, 0),
        values.get(_TIFF_SAMPLES, 1),
        max(values.get(_TIFF_BITS, 8) // 8, 1),
        content,
        tiff_alpha=values.get(_TIFF_EXTRA_SAMPLES, 0),
    )
