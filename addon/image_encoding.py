# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels as the content of PNG and OpenEXR files.

Blender's own writers pass float pixels through colour management on the way; here the values in the file are the
values given. Nothing here touches bpy.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

_PNG_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
# The files are read once and deleted, so speed comes before size.
_COMPRESSION = 1
_EXR_CHANNELS = {1: ("Y",), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}
_EXR_HALF, _EXR_FLOAT = 1, 2


def png_file(pixels: np.ndarray) -> bytes:
    """A PNG file of (H, W, C) uint8 or uint16 pixels, row 0 at the top, C being 1, 3 or 4 (straight alpha)."""
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(">")).reshape(height, -1).view(np.uint8)
    # Every row begins with the number of its filter; 0 is none.
    filtered = np.zeros((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 1:] = rows
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, _PNG_COLOUR_TYPES[channels], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(filtered, _COMPRESSION)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, content) for kind, content in chunks)


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))


def exr_file(pixels: np.ndarray) -> bytes:
    """An uncompressed OpenEXR file of (H, W, C) float16 or float32 pixels, row 0 at the top, C being 1, 3 or 4."""
    height, width, channels = pixels.shape
    names = _EXR_CHANNELS[channels]
    alphabetical = sorted(range(channels), key=lambda channel: names[channel])
    kind = _EXR_HALF if pixels.dtype == np.float16 else _EXR_FLOAT
    channel_list = b"".join(
        names[channel].encode() + b"\0" + struct.pack("<iIii", kind, 0, 1, 1) for channel in alphabetical
    )
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    header = b"v/1\x01" + struct.pack("<I", 2)
    header += _exr_attribute("channels", "chlist", channel_list + b"\0")
    header += _exr_attribute("compression", "compression", b"\0")
    header += _exr_attribute("dataWindow", "box2i", window)
    header += _exr_attribute("displayWindow", "box2i", window)
    header += _exr_attribute("lineOrder", "lineOrder", b"\0")
    header += _exr_attribute("pixelAspectRatio", "float", struct.pack("<f", 1.0))
    header += _exr_attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0.0, 0.0))
    header += _exr_attribute("screenWindowWidth", "float", struct.pack("<f", 1.0)) + b"\0"
    value = pixels.dtype.newbyteorder("<")
    lines = np.zeros(height, np.dtype([("y", "<i4"), ("size", "<i4"), ("values", value, (channels, width))]))
    lines["y"], lines["size"] = np.arange(height), pixels[0].nbytes
    lines["values"] = pixels[:, :, alphabetical].transpose(0, 2, 1)
    first = len(header) + 8 * height
    offsets = first + np.arange(height, dtype="<u8") * lines.itemsize
    return header + offsets.astype("<u8").tobytes() + lines.tobytes()


def _exr_attribute(name: str, kind: str, value: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value


def srgb_encoded(linear: np.ndarray) -> np.ndarray:
    """Linear values in 0..1 with the sRGB transfer curve (IEC 61966-2-1)."""
    curved = 1.055 * np.power(np.maximum(linear, 0.0031308), 1.0 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, curved)


def srgb_decoded(values: np.ndarray) -> np.ndarray:
    """Linear values of sRGB values in 0..1; the inverse of `srgb_encoded`."""
    values = np.asarray(values)
    return np.where(values <= 0.04045, values / 12.92, ((np.maximum(values, 0.0) + 0.055) / 1.055) ** 2.4)
