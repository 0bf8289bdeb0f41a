"""The parser's network."""

from __future__ import annotations

import torch
from torch import nn

from ..networks.unet import UNet
from .aligned import INPUTS
from .classes import CLASSES

_WIDTHS = (32, 48, 80, 128)


class FaceParserNetwork(UNet):
    """Scores of every class at every pixel of an aligned crop."""

    asset = "face_parser.safetensors"

    def __init__(self):
        super().__init__(INPUTS, _WIDTHS)
        # Pixels come out in blocks of two by two, as they go in.
        self.last = nn.Conv2d(_WIDTHS[0], 4 * len(CLASSES), 1)
        self.pixels = nn.PixelShuffle(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, len(CLASSES), S, S) of (B, `INPUTS`, S, S); S a multiple of `networks.unet.MULTIPLE`."""
        return self.pixels(self.last(self.features(x)[0]))
