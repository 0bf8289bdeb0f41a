"""Pillow and pillow-heif behind one door: what OpenCV does not read, or not on every system."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..reading import reading
from .codec import unassociated
from .colour_profiles import colours_by_tables
from .exif import read_exif


@dataclass(frozen=True, eq=False)
class PhonePicture:
    """values : (H, W, C) uint8 or uint16 of 1 to 4 channels. exif : TIFF structure, b"" without. orientation : what is left
    to do to `values`; the file's boxes say it, and what the EXIF data say of it does not count (ISO/IEC 23000-22)."""

    values: np.ndarray
    exif: bytes
    orientation: int


def decode_phone_picture(content: bytes, kind: str) -> PhonePicture | None:
    """The picture of a "HEIC" or "AVIF" file; None when it cannot be read."""
    # Whatever the libraries find wrong, the file is of no use; each has its own kinds of error for it.
    with _none_of_damaged(kind):
        return _heic(content) if kind == "HEIC" else _avif(content)
    return None


def decode_cmyk(content: bytes, profile: bytes) -> np.ndarray | None:
    """(H, W, 3) uint8 sRGB of a JPEG in colours of print, by its ICC profile, not turned; None when the file has other
    colours or cannot be read, or the profile is damaged."""
    from PIL.JpegImagePlugin import JpegImageFile

    with _none_of_damaged("JPEG"):
        image = JpegImageFile(io.BytesIO(content))
        return colours_by_tables(np.asarray(image), "CMYK", profile) if image.mode == "CMYK" else None
    return None


@contextlib.contextmanager
def _none_of_damaged(kind: str) -> Iterator[None]:
    """Passes over what damaged content raises; a memory that is too small says nothing of the file."""
    try:
        with reading(kind):
            yield
    except InputError as problem:
        if isinstance(problem.__cause__, MemoryError):
            raise problem.__cause__ from None


def _heic(content: bytes) -> PhonePicture:
    import pillow_heif

    found = pillow_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=False)
    values = np.asarray(found)
    if values.dtype == np.uint16:
        # Colours of 10 and 12 bits come moved to the top of 16; white is to be all ones.
        values = values | values >> found.info["bit_depth"]
    values = values if values.ndim == 3 else values[..., None]
    if found.premultiplied_alpha and values.shape[2] == 4:
        values = unassociated(values)
    return PhonePicture(values, _tiff_structure(found.info.get("exif")), 1)


def _avif(content: bytes) -> PhonePicture:
    from PIL.AvifImagePlugin import AvifImageFile

    # Pillow has its colours in 8 bits. Opened so, it does not judge the size, which has been done.
    image = AvifImageFile(io.BytesIO(content))
    exif = _tiff_structure(image.info.get("exif"))
    # Pillow writes into the EXIF data what the boxes say.
    told = read_exif(exif) if exif else None
    values = np.asarray(image)
    return PhonePicture(values if values.ndim == 3 else values[..., None], exif, told.orientation if told else 1)


def _tiff_structure(exif: bytes | None) -> bytes:
    return (exif or b"").removeprefix(b"Exif\0\0")
