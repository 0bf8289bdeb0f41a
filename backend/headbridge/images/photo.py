"""Photos as people have them: turned, grey, with alpha, in colours of print and of phones, of 16 bits, far too large."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError
from ..mesh.io.files import read_file
from . import codec
from .colour import linear_to_srgb
from .colour_profiles import BRIGHTER_THAN_WHITE, DamagedProfile, srgb_of
from .containers import Container, check_container, read_container
from .exif import DIAGONAL_35MM, Exif, read_exif
from .pillow_codec import decode_cmyk, decode_phone_picture

# 192 MB of floats. A face that fills a third of such a picture has more pixels than a texture of 2048 x 2048 shows.
_MOST_PIXELS = 16_000_000
_LEAST_SIDE = 16
# Editing that leaves the EXIF data but not the picture's shape has cropped it.
_SAME_SHAPE = 0.02
_LARGEST_OF = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo, upright.

    pixels : (H, W, 3) float32, sRGB 0..1, row 0 at the top; what alpha hides is mid-grey.
    alpha : (H, W) float32 0..1, or None when everything shows.
    focal_mm_35 : focal length in mm on 36 x 24 mm film of the same diagonal angle, from the EXIF data, or None.
    scale : pixels here per pixel of the file; below 1 when a very large photo was reduced.
    name : what to call it in messages. notes : what was done to it.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    focal_mm_35: float | None = None
    scale: float = 1.0
    name: str = "photo"
    notes: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def focal_pixels(self) -> float | None:
        """The focal length by the EXIF data in pixels of this photo, or None."""
        if self.focal_mm_35 is None:
            return None
        return self.focal_mm_35 / DIAGONAL_35MM * math.hypot(self.width, self.height)


def read_photo(path: str | os.PathLike) -> Photo:
    """Read a JPEG, PNG, HEIC, AVIF, TIFF, WebP or OpenEXR file as a photo; the content decides, not the suffix.

    The orientation is applied, and the colour profile: other colours than sRGB's become sRGB. Raises `InputError`, naming
    the file, the cause and the fix, when it is missing, damaged, cut off, too small, larger than memory, or in colours
    that cannot be told."""
    path = Path(path)
    content = read_file(path)
    container = read_container(content)
    # Decoded, and once more with its channels in order.
    check_container(container, len(content), 2 * container.decoded_bytes, path)
    _check_colours(container, path)
    values, exif_data, orientation = _decoded(content, container)
    if values is None:
        raise InputError(
            f"{path}: the file is no image that can be read; export it again as JPEG, PNG, TIFF or WebP of at most "
            "2^30 pixels."
        )
    if min(values.shape[:2]) < _LEAST_SIDE:
        raise InputError(
            f"{path}: the picture has only {values.shape[1]} x {values.shape[0]} pixels; give a larger one."
        )
    notes = []
    exif = read_exif(exif_data) if exif_data else Exif()
    if exif is None:
        exif = Exif()
        notes.append("The EXIF data are damaged and were not used.")
    orientation = exif.orientation if orientation is None else orientation
    if orientation != 1:
        values = turned(values, orientation)
    focal = exif.focal_mm_35
    if focal is not None and exif.pixels is not None and not _same_shape(exif.pixels, values.shape):
        focal = None
        notes.append("The photo was cropped after it was taken: the focal length in its EXIF data was not used.")
    values, scale = _reduced(values)
    if scale < 1.0:
        notes.append(f"The photo is very large and was reduced to {values.shape[1]} x {values.shape[0]} pixels.")
    try:
        pixels, alpha = _colours(values, container, path)
    except DamagedProfile:
        notes.append("The colour profile is damaged and was not used.")
        pixels, alpha = _colours(values, replace(container, profile=b"", coding=None), path)
    return Photo(pixels, alpha, focal, scale, path.name, tuple(notes))


def _decoded(content: bytes, container: Container) -> tuple[np.ndarray | None, bytes, int | None]:
    """(H, W, C) values as they are stored, the EXIF data, and how the values are to be turned; None as the EXIF data
    say."""
    if container.kind in ("HEIC", "AVIF"):
        picture = decode_phone_picture(content, container.kind)
        return (None, b"", None) if picture is None else (picture.values, picture.exif, picture.orientation)
    if container.kind == "JPEG" and container.channels == 4 and container.profile:
        # Colours of print need their profile to be told at all; without one OpenCV guesses.
        values = decode_cmyk(content, container.profile)
        if values is not None:
            return values, container.exif, None
    # OpenCV turns TIFF files itself, whatever it is asked.
    return codec.decode(content), container.exif, 1 if container.kind == "TIFF" else None


def turned(values: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W, C) pixels stored with an EXIF orientation (1..8), upright."""
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return np.ascontiguousarray(values)


def _check_colours(container: Container, path: Path) -> None:
    if container.coding is not None and container.coding[1] in BRIGHTER_THAN_WHITE:
        raise InputError(
            f"{path}: the photo has the high dynamic range of television (PQ or HLG); export it with the usual range, as "
            "JPEG or PNG."
        )
    if container.kind == "JPEG" and container.channels == 4 and not container.adobe:
        raise InputError(
            f"{path}: the JPEG has four channels and does not say which colours they are; export it as RGB."
        )


def _same_shape(pixels: tuple[int, int], shape: tuple[int, ...]) -> bool:
    apart = abs(math.log(max(pixels) / min(pixels)) - math.log(max(shape[:2]) / min(shape[:2])))
    return apart < _SAME_SHAPE


def _reduced(values: np.ndarray) -> tuple[np.ndarray, float]:
    height, width = values.shape[:2]
    scale = math.sqrt(_MOST_PIXELS / (height * width))
    if scale >= 1.0:
        return values, 1.0
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    smaller = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return smaller.reshape(*smaller.shape[:2], values.shape[2]), size[0] / width


def _colours(values: np.ndarray, container: Container, path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """(H, W, 3) sRGB and (H, W) alpha or None. May raise `DamagedProfile`."""
    largest = _LARGEST_OF.get(values.dtype)
    if largest is not None:
        colours = values.shape[2] - (values.shape[2] in (2, 4))
        shown = srgb_of(values[..., :colours], container.profile, container.coding)
        pixels = np.concatenate([shown, values[..., colours:].astype(np.float32) / np.float32(largest)], axis=2)
    elif values.dtype in (np.float32, np.float64):
        if not np.isfinite(values).all():
            raise InputError(f"{path}: the image holds values that are not finite numbers; export it again.")
        pixels = values.astype(np.float32)
        colours = min(pixels.shape[2], 3)
        pixels[..., :colours] = linear_to_srgb(np.maximum(pixels[..., :colours], 0.0))
    else:
        raise InputError(f"{path}: images of {values.dtype} are not supported; save it with 8 or 16 bits.")
    alpha = None
    if pixels.shape[2] in (2, 4):
        alpha = np.clip(pixels[..., -1], 0.0, 1.0)
        pixels = pixels[..., :-1]
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    pixels = np.clip(pixels, 0.0, 1.0)
    if alpha is None or alpha.min() >= 1.0:
        return np.ascontiguousarray(pixels), None
    if alpha.max() <= 0.0:
        raise InputError(f"{path}: the picture is transparent everywhere; export it with its background.")
    shown = alpha[..., None]
    return np.ascontiguousarray(shown * pixels + (1.0 - shown) * np.float32(0.5)), np.ascontiguousarray(alpha)
