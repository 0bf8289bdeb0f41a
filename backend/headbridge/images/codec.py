"""OpenCV behind one door: file content to channel values and back."""

from __future__ import annotations

import os

import numpy as np

# OpenCV reads this once, when it is loaded, and refuses OpenEXR without it.
os.environ.setdefault("OPENCV_IO_ENABLE_OPENEXR", "1")

import cv2
from cv2.utils import logging

from .containers import ASSOCIATED, UNASSOCIATED, read_container, readable

# Each its own inverse.
_RGB_TO_BGR = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
_SWAPPED_BY_OPENCV = (np.uint8, np.uint16, np.float32)


def decode(content: bytes) -> np.ndarray | None:
    """(H, W, C) of the file's own type, RGB order; None when the content is no PNG, JPEG, TIFF, WebP or OpenEXR
    file, or one that OpenCV cannot read.

    EXIF orientation is not applied, but for TIFF files, which OpenCV always turns upright."""
    if not readable(content):
        return None
    level = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    finally:
        logging.setLogLevel(level)
    if pixels is None:
        return None
    pixels = _swapped(pixels if pixels.ndim == 3 else pixels[..., None])
    return unassociated(pixels) if _multiplied_by_alpha(content, pixels) else pixels


def _multiplied_by_alpha(content: bytes, pixels: np.ndarray) -> bool:
    """True for TIFF files that hold such colours, and for those whose 8 bits libtiff multiplies itself."""
    if pixels.shape[2] < 4 or pixels.dtype not in (np.uint8, np.uint16):
        return False
    alpha = read_container(content).tiff_alpha
    return alpha == ASSOCIATED or (alpha == UNASSOCIATED and pixels.dtype == np.uint8)


def unassociated(pixels: np.ndarray) -> np.ndarray:
    """Integer colours divided by their alpha."""
    largest = np.float32(np.iinfo(pixels.dtype).max)
    alpha = np.maximum(pixels[..., 3:].astype(np.float32), 1.0)
    colours = np.minimum(np.rint(pixels[..., :3] * (largest / alpha)), largest)
    return np.concatenate([colours.astype(pixels.dtype), pixels[..., 3:]], axis=2)


def encode_png(pixels: np.ndarray) -> bytes:
    """PNG of (H, W, C) uint8 or uint16 in RGB order."""
    return _encode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 4])


def encode_tiff(pixels: np.ndarray) -> bytes:
    """TIFF of (H, W, C) uint8, uint16 or float32 in RGB order."""
    # Left to itself OpenCV stores floats as lossy logarithms.
    return _encode(".tiff", pixels, [cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_LZW])


def encode_exr(pixels: np.ndarray, half: bool) -> bytes:
    """OpenEXR of (H, W, C) float32 in RGB order, stored as half or single floats."""
    kind = cv2.IMWRITE_EXR_TYPE_HALF if half else cv2.IMWRITE_EXR_TYPE_FLOAT
    zipped = [cv2.IMWRITE_EXR_COMPRESSION, cv2.IMWRITE_EXR_COMPRESSION_ZIP]
    return _encode(".exr", pixels, [cv2.IMWRITE_EXR_TYPE, kind, *zipped])


def _encode(suffix: str, pixels: np.ndarray, options: list[int]) -> bytes:
    done, content = cv2.imencode(suffix, _swapped(pixels), options)
    if not done:
        raise ValueError(f"no {suffix} of {pixels.dtype} {pixels.shape}")
    return content.tobytes()


def _swapped(pixels: np.ndarray) -> np.ndarray:
    """A copy with red and blue exchanged, which OpenCV does several times faster than indexing; one or two channels stay
    as they are."""
    channels = pixels.shape[2]
    if channels not in _RGB_TO_BGR:
        return pixels
    if pixels.dtype not in _SWAPPED_BY_OPENCV:
        return np.ascontiguousarray(pixels[..., [2, 1, 0, 3][:channels]])
    return cv2.cvtColor(np.ascontiguousarray(pixels), _RGB_TO_BGR[channels])
