"""Image files in and out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..mesh.io.files import check_output, read_file, write_file
from . import codec
from .containers import check_container, read_container
from .image import Image

READABLE = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr")
WRITABLE = (".png", ".tif", ".tiff", ".exr")


def read_image(path: str | os.PathLike, holes: bool = False) -> Image:
    """Read a PNG, JPEG, TIFF, WebP or OpenEXR file; the content decides, not the suffix.

    Integers become 0..1 and count as sRGB, floats stay as they are and count as linear light. Raises `InputError`,
    naming the file and the cause, when it is missing, empty, no image, of two channels, or larger than memory, and for
    values that are not finite. holes : let these through; they stand for pixels that show nothing.
    """
    path = Path(path)
    return decode_image(read_file(path), path, holes)


def decode_image(content: bytes, path: str | os.PathLike, holes: bool = False) -> Image:
    """The same of the content of a file; `path` names it in messages."""
    path = Path(path)
    # Pixels here are floats, beside what the file holds.
    container = read_container(content)
    check_container(container, len(content), 4 * container.values + container.decoded_bytes, path)
    values = codec.decode(content)
    if values is None:
        raise InputError(
            f"{path}: the file is no image that can be read; export it again as PNG, JPEG, TIFF, WebP or OpenEXR of at "
            "most 2^30 pixels."
        )
    if values.dtype == np.uint8:
        pixels, encoded, bits = values.astype(np.float32) / np.float32(255.0), "sRGB", 8
    elif values.dtype == np.uint16:
        pixels, encoded, bits = values.astype(np.float32) / np.float32(65535.0), "sRGB", 16
    elif values.dtype in (np.float32, np.float64):
        pixels, encoded, bits = values.astype(np.float32), "linear", _float_bits(values)
        if not holes and not np.isfinite(pixels).all():
            raise InputError(f"{path}: the image holds values that are not finite numbers; repair or export it again.")
    else:
        raise InputError(
            f"{path}: images of {values.dtype} are not supported; save it with 8 or 16 bits, or as OpenEXR."
        )
    return Image(pixels, encoded, bits, name=path.name)


def write_image(path: str | os.PathLike, image: Image, inputs: Iterable[str | os.PathLike] = ()) -> None:
    """Write an image file; the suffix chooses the format, the file appears whole or not at all.

    `inputs` are files the image was made from: writing over one of them is refused with `InputError`.
    """
    check_writable(path, inputs)
    write_file(path, encode_image(path, image))


def check_writable(path: str | os.PathLike, inputs: Iterable[str | os.PathLike] = ()) -> None:
    """Raise `InputError` when `path` has a suffix that is not written, lies in no folder, or is one of `inputs`.

    Call before a long job, so that it does not fail at its end."""
    path = Path(path)
    if path.suffix.lower() not in WRITABLE:
        raise InputError(f"{path}: images are not written as '{path.suffix}'; use one of {', '.join(WRITABLE)}.")
    check_output(path, inputs)


def encode_image(path: str | os.PathLike, image: Image) -> bytes:
    """The content of the image file `path`; the suffix chooses the format.

    PNG and TIFF hold sRGB integers of 8 or 16 bits (TIFF of a linear image: floats), OpenEXR linear half or single
    floats; an image under the other transfer curve is converted.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".exr":
        return codec.encode_exr(image.encoded_as("linear"), half=image.bits < 32)
    if suffix == ".png":
        return codec.encode_png(_integers(image))
    return codec.encode_tiff(image.pixels if image.encoded == "linear" else _integers(image))


def _integers(image: Image) -> np.ndarray:
    kind = np.uint8 if image.bits == 8 else np.uint16
    largest = np.float32(np.iinfo(kind).max)
    return np.rint(np.clip(image.encoded_as("sRGB"), 0.0, 1.0) * largest).astype(kind)


def _float_bits(values: np.ndarray) -> int:
    """16 when half floats hold the values exactly; decoded content no longer tells how it was stored."""
    with np.errstate(over="ignore"):
        return 16 if (values.astype(np.float16) == values).all() else 32
