"""What the start of a picture file says without decoding it: size, kind, EXIF data, colours, whether its end is
there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..memory import check_memory
from .iso_media import media_kind, read_media

_PNG = b"\x89PNG\r\n\x1a\n"
_EXR = b"\x76\x2f\x31\x01"
# The second kind has 64-bit places in the file.
_TIFFS, _LARGE_TIFFS = (b"II*\0", b"MM\0*"), (b"II+\0", b"MM\0+")
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _APP1, _APP2, _APP14 = 0xDA, 0xE1, 0xE2, 0xEE
_JPEG_PROFILE = b"ICC_PROFILE\0"
# Profiles of print have some MB of tables.
_LARGEST_PROFILE = 16_000_000
# Entries of a TIFF's first directory.
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_SAMPLES, _TIFF_BITS, _TIFF_EXTRA_SAMPLES = 256, 257, 277, 258, 338
_TIFF_PROFILE = 34675

_TIFF_NUMBERS = {3: "H", 4: "I", 16: "Q"}
_MOST_TIFF_ENTRIES = 1000

# Deflate, which PNG, TIFF and OpenEXR use, packs at most 1032 equal bytes into one, and a JPEG's coding fewer; the others
# may say one colour for all, but their decoders bound the size: WebP at 16383 x 16383.
_DENSEST, _DENSER = 1100, ("WebP", "HEIC", "AVIF")

ASSOCIATED, UNASSOCIATED = 1, 2
"""What a TIFF's fourth channel is: alpha that its colours are multiplied by, or that they are not."""


@dataclass(frozen=True)
class Container:
    """kind : "JPEG", "PNG", "WebP", "TIFF", "OpenEXR" or "" for others.
    width, height, channels : as stored, 0 where the file does not say it.
    bytes_per_channel : once decoded.
    exif : the TIFF structure with EXIF data, b"" without.
    whole : False when the file ends before its picture does.
    adobe : a JPEG says by Adobe's marker how its CMYK values are meant.
    tiff_alpha : `ASSOCIATED`, `UNASSOCIATED`, or 0 where a TIFF does not say it.
    profile : the ICC profile, b"" without.
    coding : numbers of primaries and transfer curve by ITU-T H.273, None where the file does not say them.
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
    profile: bytes = b""
    coding: tuple[int, int] | None = None

    @property
    def values(self) -> int:
        """How many numbers the pixels are."""
        return self.width * self.height * self.channels

    @property
    def decoded_bytes(self) -> int:
        return self.values * self.bytes_per_channel


def check_container(container: Container, size: int, needed: int, path: Path) -> None:
    """Raise `InputError` for a picture that its file of `size` bytes does not hold whole, or whose decoding takes more
    than the memory that is free; needed : bytes of all its copies."""
    if not container.whole:
        raise InputError(f"{path}: the file is damaged or cut off before its end; copy or export it again.")
    picture = f"{path}: a picture of {container.width} x {container.height}"
    check_memory(needed, picture)
    if container.decoded_bytes > _DENSEST * size and container.kind not in _DENSER:
        raise InputError(f"{picture} is in no file of {size} bytes; it is damaged, copy or export it again.")


def read_container(content: bytes) -> Container:
    """What a file's content says about the picture in it; never raises."""
    try:
        if content[:2] == b"\xff\xd8":
            return _jpeg(content)
        if content[:8] == _PNG:
            return _png(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
        if content[:4] in _TIFFS + _LARGE_TIFFS:
            return _tiff(content)
        if content[:4] == _EXR:
            return _exr(content)
        if kind := media_kind(content):
            picture, whole = read_media(content)
            size = 2 if kind == "HEIC" else 1
            return Container(
                kind,
                picture.width,
                picture.height,
                4,
                size,
                whole=whole,
                profile=picture.profile,
                coding=picture.coding,
            )
    except (struct.error, ValueError):
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
    exif, adobe, parts, at = b"", False, {}, 2
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
        elif marker == _APP2 and body.startswith(_JPEG_PROFILE) and len(body) > len(_JPEG_PROFILE) + 2:
            parts[body[len(_JPEG_PROFILE)]] = body[len(_JPEG_PROFILE) + 2 :]
        elif marker == _START_OF_SCAN:
            ended = content.find(b"\xff\xd9", at + length) >= 0
            profile = b"".join(parts[number] for number in sorted(parts))
            return Container("JPEG", width, height, channels, exif=exif, whole=ended, adobe=adobe, profile=profile)
        at += length


def _png(content: bytes) -> Container:
    width, height, bits, colour = struct.unpack_from(">IIBB", content, 16)
    chunks = dict(_chunks(content, 8, ">I4s", 4))
    channels, size = 1 if colour == 0 else 4, 2 if bits == 16 else 1
    coding = chunks.get(b"cICP")
    return Container(
        "PNG",
        width,
        height,
        channels,
        size,
        bytes(chunks.get(b"eXIf", b"")),
        b"IEND" in chunks,
        profile=_png_profile(bytes(chunks.get(b"iCCP", b""))),
        coding=(coding[0], coding[1]) if coding is not None and len(coding) >= 2 else None,
    )


def _png_profile(chunk: bytes) -> bytes:
    """The profile in an iCCP chunk; what is no packed data is given as it is, to be found damaged."""
    packed = chunk.partition(b"\0")[2][1:]
    try:
        return zlib.decompressobj().decompress(packed, _LARGEST_PROFILE)
    except zlib.error:
        return packed


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
    profile = bytes(chunks.get(b"ICCP", b""))
    return Container("WebP", width, height, 4, exif=exif, whole=len(content) >= size + 8, profile=profile)


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
    # Large files have wider numbers in every entry.
    large = content[:4] in _LARGE_TIFFS
    start, count_form, entry_form, place_form = (8, "Q", "HHQ", "Q") if large else (4, "H", "HHI", "I")
    (offset,) = struct.unpack_from(order + place_form, content, start)
    (count,) = struct.unpack_from(order + count_form, content, offset)
    first, step, inside = (8, 20, 12) if large else (2, 12, 8)
    values, profile = {}, b""
    for number in range(min(count, _MOST_TIFF_ENTRIES)):
        entry = offset + first + step * number
        tag, kind, amount = struct.unpack_from(order + entry_form, content, entry)
        place = entry + inside
        if tag == _TIFF_BITS and amount > (4 if large else 2):
            (place,) = struct.unpack_from(order + place_form, content, place)
        if tag == _TIFF_PROFILE and amount > 8:
            (start,) = struct.unpack_from(order + place_form, content, place)
            profile = content[start : start + amount]
        elif kind in _TIFF_NUMBERS:
            (values[tag],) = struct.unpack_from(order + _TIFF_NUMBERS[kind], content, place)
    return Container(
        "TIFF",
        values.get(_TIFF_WIDTH, 0),
        values.get(_TIFF_HEIGHT, 0),
        values.get(_TIFF_SAMPLES, 1),
        max(values.get(_TIFF_BITS, 8) // 8, 1),
        content,
        tiff_alpha=values.get(_TIFF_EXTRA_SAMPLES, 0),
        profile=profile,
    )


def _exr(content: bytes) -> Container:
    """By the attributes of the header: name, type, size, value; an empty name ends them."""
    at, width, height, channels = 8, 0, 0, 0
    while content[at : at + 1] != b"\0":
        name_end = content.index(b"\0", at)
        kind_end = content.index(b"\0", name_end + 1)
        (size,) = struct.unpack_from("<I", content, kind_end + 1)
        value = content[kind_end + 5 : kind_end + 5 + size]
        name, at = content[at:name_end], kind_end + 5 + size
        if name == b"dataWindow":
            left, top, right, bottom = struct.unpack("<4i", value)
            width, height = max(right - left + 1, 0), max(bottom - top + 1, 0)
        elif name == b"channels":
            # Each channel is its name and 16 more bytes.
            place = 0
            while value[place : place + 1] not in (b"\0", b""):
                place = value.index(b"\0", place) + 17
                channels += 1
    # OpenCV gives single floats.
    return Container("OpenEXR", width, height, channels, 4)
