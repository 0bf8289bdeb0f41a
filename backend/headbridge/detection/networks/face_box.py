"""BlazeFace (arXiv:1907.05047), short range: boxes of faces that take a good part of a picture."""

from __future__ import annotations

import torch
from torch import nn

from ..face_boxes import CELLS
from .blaze import Pointwise, blocks, first_layers

VALUES = 16
"""Numbers of an anchor: the box's middle and size, then six keypoints, all in pixels and relative to the anchor."""


class FaceBoxNetwork(nn.Module):
    """Parts: `fine`, the layers up to the finer feature map, `coarse`, those after it; heads of both."""

    asset = "face_box.safetensors"

    def __init__(self):
        super().__init__()
        fine, coarse = 88, 96
        self.fine = nn.Sequential(
            *first_layers(24, kernel=5, learned=False),
            *blocks(24, 24, 28, -32, 36, 42, -48, 56, 64, 72, 80, fine, learned=False),
        )
        self.coarse = nn.Sequential(*blocks(fine, -coarse, coarse, coarse, coarse, coarse, learned=False))
        self.fine_scores, self.coarse_scores = Pointwise(fine, CELLS[0][1]), Pointwise(coarse, CELLS[1][1])
        self.fine_values = Pointwise(fine, CELLS[0][1] * VALUES)
        self.coarse_values = Pointwise(coarse, CELLS[1][1] * VALUES)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, 896) scores before the sigmoid and (N, 896, VALUES) of all anchors, the finer map's first, each map row by
        row, of (N, 3, 128, 128) sRGB pictures, -1..1."""
        fine = self.fine(pictures)
        scores, values = [_by_anchor(self.fine_scores(fine), 1)], [_by_anchor(self.fine_values(fine), VALUES)]
        coarse = self.coarse(fine)
        scores.append(_by_anchor(self.coarse_scores(coarse), 1))
        values.append(_by_anchor(self.coarse_values(coarse), VALUES))
        return torch.cat(scores, dim=1)[..., 0], torch.cat(values, dim=1)


def _by_anchor(maps: torch.Tensor, values: int) -> torch.Tensor:
    """(N, anchors, values) of (N, anchors in a cell * values, rows, columns)."""
    return maps.permute(0, 2, 3, 1).reshape(len(maps), -1, values)
