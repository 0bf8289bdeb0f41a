"""Colours as a file's profile means them, in sRGB.

Profiles of three primaries and curves, as cameras, phones and screens have them, and grey ones are applied in float
(ICC.1:2022, annex F.3); those that are tables, as of print, by LittleCMS in 8 bits.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .colour import linear_to_srgb, srgb_to_linear

Curve = Callable[[np.ndarray], np.ndarray]
"""Values 0..1 to linear light."""

# Chromaticities x, y of red, green and blue by their number in ITU-T H.273, all of them of white D65.
_PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_D65 = (0.3127, 0.3290)
_LINEAR = 8
BRIGHTER_THAN_WHITE = (16, 18)
"""Transfer curves by H.273 whose largest value is many times a white paper's light: PQ and HLG."""
# sRGB's primaries in an ICC profile, adapted to D50 (IEC 61966-2-1, annex F).
_SRGB_D50 = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
# What profiles that are meant to be sRGB differ by, and no other does.
_SAME_MATRIX, _SAME_CURVE = 2e-3, 4e-3
_HEADER = 128
_MOST_TAGS = 200


@dataclass(frozen=True)
class ColourProfile:
    """curves : of each channel, one for grey. matrix : (3, 3) linear colours to linear sRGB; None for grey."""

    curves: tuple[Curve, ...]
    matrix: np.ndarray | None

    @property
    def is_srgb(self) -> bool:
        """Whether sRGB values keep their numbers."""
        steps = np.linspace(0.0, 1.0, 256)
        same = all(np.abs(linear_to_srgb(curve(steps)) - steps).max() < _SAME_CURVE for curve in self.curves)
        return same and (self.matrix is None or np.abs(self.matrix - np.eye(3)).max() < _SAME_MATRIX)

    def to_srgb(self, values: np.ndarray) -> np.ndarray:
        """(H, W, C) uint8 or uint16 colours of as many channels as there are curves, in sRGB 0..1, float32. What sRGB
        cannot show is clipped."""
        largest = np.iinfo(values.dtype).max
        steps = np.arange(largest + 1) / largest
        linear = np.empty(values.shape, np.float32)
        for channel, curve in enumerate(self.curves):
            linear[..., channel] = curve(steps).astype(np.float32)[values[..., channel]]
        if self.matrix is not None:
            linear = linear @ self.matrix.T.astype(np.float32)
        return linear_to_srgb(np.clip(linear, 0.0, 1.0))


class DamagedProfile(ValueError):
    """What a file gives as its ICC profile is none."""


def srgb_of(values: np.ndarray, profile: bytes, coding: tuple[int, int] | None) -> np.ndarray:
    """(H, W, C) float32 sRGB 0..1 of (H, W, C) uint8 or uint16 in C = 1 or 3 channels.

    profile : ICC, b"" for none; one of other colours than the values' says nothing. coding : primaries and transfer curve
    by ITU-T H.273, for files without profile. Without either, and in sRGB's, the values keep their numbers. Raises
    `DamagedProfile`."""
    channels = values.shape[2]
    plain = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
    if not profile:
        found = None if coding is None else _profile_of_coding(*coding)
        return plain if found is None or channels == 1 else found.to_srgb(values)
    found = _read_profile(profile)
    if profile[16:20] == b"RGB " and channels == 1:
        # A grey picture that names the screen's profile.
        return srgb_of(np.repeat(values, 3, axis=2), profile, None)[..., :1]
    if {b"RGB ": 3, b"GRAY": 1}.get(profile[16:20]) != channels:
        return plain
    if found is None:
        eight = values if values.dtype == np.uint8 else (values // 257).astype(np.uint8)
        return colours_by_tables(eight, "RGB", profile).astype(np.float32) / np.float32(255.0)
    return plain if found.is_srgb else found.to_srgb(values)


def colours_by_tables(pixels: np.ndarray, mode: str, profile: bytes) -> np.ndarray:
    """(H, W, 3) uint8 sRGB of (H, W, C) uint8 in Pillow's `mode`, "RGB" or "CMYK". Raises `DamagedProfile`."""
    from PIL import Image, ImageCms

    try:
        # As image editors do it: black stays black on the screen.
        done = ImageCms.profileToProfile(
            Image.fromarray(pixels, mode),
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError) as problem:
        raise DamagedProfile(str(problem)) from problem
    return np.asarray(done)


def _profile_of_coding(primaries: int, transfer: int) -> ColourProfile | None:
    """None where the two numbers mean sRGB or say nothing. The curves of television are taken for sRGB's, as everybody
    shows them."""
    chosen = _PRIMARIES.get(primaries, _PRIMARIES[1])
    curve = _straight if transfer == _LINEAR else srgb_to_linear
    found = ColourProfile((curve,) * 3, np.linalg.solve(_to_xyz(_PRIMARIES[1]), _to_xyz(chosen)))
    return None if found.is_srgb else found


def _read_profile(content: bytes) -> ColourProfile | None:
    """A profile of primaries and curves, or of grey; None for tables."""
    try:
        if content[36:40] != b"acsp":
            raise DamagedProfile("no ICC profile")
        tags = _tags(content)
        if content[16:20] == b"GRAY" and b"kTRC" in tags:
            return ColourProfile((_curve(tags[b"kTRC"]),), None)
        wanted = [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"]
        if content[16:20] != b"RGB " or content[20:24] != b"XYZ " or not all(name in tags for name in wanted):
            return None
        columns = [np.array(struct.unpack_from(">8x3i", tags[name])) / 65536.0 for name in wanted[:3]]
        matrix = np.linalg.solve(_SRGB_D50, np.stack(columns, axis=1))
        return ColourProfile(tuple(_curve(tags[name]) for name in wanted[3:]), matrix)
    except struct.error as problem:
        raise DamagedProfile("the ICC profile is cut off") from problem


def _straight(values: np.ndarray) -> np.ndarray:
    return values


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    """(3, 3) linear colours to XYZ; white D65 has Y = 1."""
    ends = np.array([[x / y, 1.0, (1.0 - x - y) / y] for x, y in primaries]).T
    white = np.array([_D65[0] / _D65[1], 1.0, (1.0 - sum(_D65)) / _D65[1]])
    return ends * np.linalg.solve(ends, white)


def _tags(content: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", content, _HEADER)
    if count > _MOST_TAGS:
        raise DamagedProfile("an ICC profile of impossibly many entries")
    entries = (struct.unpack_from(">4sII", content, _HEADER + 4 + 12 * number) for number in range(count))
    return {name: content[start : start + size] for name, start, size in entries}


def _curve(tag: bytes) -> Curve:
    """The curve of a `curv` or `para` entry."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">8xI", tag)
        if count == 0:
            return _straight
        if count == 1:
            gamma = struct.unpack_from(">12xH", tag)[0] / 256.0
            return lambda values: values**gamma
        table = np.array(struct.unpack_from(f">12x{count}H", tag)) / 65535.0
        places = np.linspace(0.0, 1.0, count)
        return lambda values: np.interp(values, places, table)
    if tag[:4] != b"para":
        raise DamagedProfile("a curve of an unknown kind in the ICC profile")
    (kind,) = struct.unpack_from(">8xH", tag)
    amount = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}.get(kind)
    if amount is None:
        raise DamagedProfile("a curve of an unknown kind in the ICC profile")
    given = [value / 65536.0 for value in struct.unpack_from(f">12x{amount}i", tag)]
    g, a, b, c, d, e, f = {
        0: lambda g: (g, 1.0, 0.0, 0.0, -np.inf, 0.0, 0.0),
        1: lambda g, a, b: (g, a, b, 0.0, -b / a, 0.0, 0.0),
        2: lambda g, a, b, c: (g, a, b, 0.0, -b / a, c, c),
        3: lambda g, a, b, c, d: (g, a, b, c, d, 0.0, 0.0),
        4: lambda g, a, b, c, d, e, f: (g, a, b, c, d, e, f),
    }[kind](*given)
    return lambda values: np.where(values >= d, np.maximum(a * values + b, 0.0) ** g + e, c * values + f)
