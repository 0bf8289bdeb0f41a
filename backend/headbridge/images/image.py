"""The picture every part of HeadBridge shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .colour import linear_to_srgb, srgb_to_linear

_CHANNELS = (1, 3, 4)


@dataclass(frozen=True, eq=False)
class Image:
    """A picture of 1 (grey), 3 (RGB) or 4 channels (RGB and unassociated alpha).

    pixels : (H, W, C) float32, row 0 at the top; 0..1, or beyond where the file is of high dynamic range.
    encoded : "sRGB" or "linear", the transfer curve of the colours; alpha is linear always.
    bits : 8, 16 or 32 per channel, what a file of it needs: integers where it is sRGB, half or single floats where it
        is linear.
    name : what to call the picture in messages.
    """

    pixels: np.ndarray
    encoded: str = "sRGB"
    bits: int = 8
    name: str = "image"

    def __post_init__(self):
        pixels = np.asarray(self.pixels)
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels
        if pixels.ndim != 3 or not pixels.size:
            raise InputError(f"{self.name}: an image should have shape (H, W, C), not {np.shape(self.pixels)}.")
        if pixels.shape[2] not in _CHANNELS:
            raise InputError(
                f"{self.name}: an image of {pixels.shape[2]} channels is not supported; save it as grey, RGB or RGBA."
            )
        if self.encoded not in ("sRGB", "linear") or self.bits not in (8, 16, 32):
            raise ValueError(f"no image is encoded as {self.encoded!r} with {self.bits!r} bits")
        object.__setattr__(self, "pixels", np.ascontiguousarray(pixels, dtype=np.float32))

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def channels(self) -> int:
        return self.pixels.shape[2]

    @property
    def colour_channels(self) -> int:
        """How many channels are colour: all but alpha."""
        return min(self.channels, 3)

    def encoded_as(self, encoded: str) -> np.ndarray:
        """(H, W, C) float32, the pixels under another transfer curve; the very array when it is the same one."""
        if encoded == self.encoded:
            return self.pixels
        convert = srgb_to_linear if encoded == "linear" else linear_to_srgb
        if self.channels < 4:
            return convert(self.pixels)
        return np.concatenate([convert(self.pixels[..., :3]), self.pixels[..., 3:]], axis=2)
