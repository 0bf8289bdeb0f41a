"""The attention mesh (arXiv:2006.10962): 468 points of a face, and lips, eyes and irises looked at once more."""

from __future__ import annotations

import torch
from torch import nn

from .blaze import Pointwise, activation, blocks, first_layers
from .windows import CELLS, Windows

SKIN, IRIS = 468, 5
"""Points of the skin, and of each iris."""

PARTS = ("lips", "right eye", "left eye")
"""What is looked at through windows; right and left are the subject's."""

BRANCHES = ((0, 80), (1, 71), (1, IRIS), (2, 71), (2, IRIS))
"""Networks that read points from a window: which of PARTS it shows, and how many points."""

# Points that a window is upright by, as the corners of a mouth or eye are: the left one in the picture, the right one.
_CORNERS = ((61, 33, 362), (291, 133, 263))
# Pixels of the picture along a cell of the feature map with the windows, and of a window along one of its cells.
_STEP = 4
# The first points of an eye are its contour; the iris is as deep as they are in the mean.
_CONTOUR = 16
_WIDTH = 32


class FaceMeshNetwork(nn.Module):
    """Sub-networks: `fine`, the layers up to the feature map with the windows; `coarse`, those after it; `points` and
    `presence`, what is read from these; `seen`, the layers for PARTS; `branches`, those for BRANCHES, and `places`, what
    is read from them. numbers : (3, 80) the points of PARTS; an eye has fewer and repeats its first."""

    asset = "face_mesh.safetensors"

    def __init__(self):
        super().__init__()
        self.fine = nn.Sequential(*first_layers(16, kernel=3, learned=True), *blocks(16, 16, 16, -_WIDTH))
        self.coarse = nn.Sequential(
            *blocks(_WIDTH, 32, 32, -64, 64, 64, -128, 128, 128, -128, 128, 128, -128, 128, 128), *_narrow(1)
        )
        self.points, self.presence = nn.Linear(9 * _WIDTH, 3 * SKIN), nn.Linear(9 * _WIDTH, 1)
        self.seen = nn.Sequential(*blocks(_WIDTH, 32, 32, -64, 64, 64, -128, parts=len(PARTS)))
        count = len(BRANCHES)
        self.branches = nn.Sequential(*blocks(128, 128, 128, -128, 128, 128, parts=count), *_narrow(count))
        cells = (CELLS // 8) ** 2
        self.places = nn.ModuleList(nn.Linear(cells * _WIDTH, 2 * points) for _, points in BRANCHES)
        self.register_buffer("numbers", torch.zeros(len(PARTS), max(n for _, n in BRANCHES), dtype=torch.int64))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Points and presence of (N, 3, 192, 192) sRGB cuts with an upright face each, 0..1.

        Returns (N, 478, 3), column and row from the upper left corner and depth (smaller nearer) in pixels of the cut:
        the skin, the subject's right iris, the left; and (N,) before the sigmoid, whether there is a face at all."""
        fine = self.fine(pictures)
        # Blocks may write over what they are given, and the windows still show this map.
        coarse = self.coarse(fine.clone()).flatten(1)
        skin = self.points(coarse).unflatten(1, (SKIN, 3))
        points = torch.cat([skin, skin.new_empty(len(skin), 2 * IRIS, 3)], dim=1)
        first_iris = SKIN
        for (part, _), places in zip(BRANCHES, self._looked_at(fine, skin[..., :2] / _STEP)):
            if places.shape[1] > IRIS:
                points[:, self.numbers[part, : places.shape[1]], :2] = places
            else:
                iris = slice(first_iris, first_iris + IRIS)
                contour = self.numbers[part, :_CONTOUR]
                points[:, iris, :2], points[:, iris, 2] = places, skin[:, contour, 2].mean(dim=1, keepdim=True)
                first_iris += IRIS
        return points, self.presence(coarse)[:, 0]

    def _looked_at(self, fine: torch.Tensor, skin: torch.Tensor) -> list[torch.Tensor]:
        """(N, points, 2) pixels of the cut by each of BRANCHES; skin : (N, 468, 2) in cells of the feature map."""
        first, second = _CORNERS
        windows = Windows.around(skin[:, self.numbers], skin[:, second] - skin[:, first])
        seen = self.seen(windows.sample(fine)).unflatten(1, (len(PARTS), -1))
        read = self.branches(
            torch.cat([seen[:, part] for part, _ in BRANCHES], dim=1).contiguous(memory_format=torch.channels_last)
        ).unflatten(1, (len(BRANCHES), -1))
        result = []
        for number, (part, count) in enumerate(BRANCHES):
            places = self.places[number](read[:, number].flatten(1)).unflatten(1, (count, 2))
            result.append(_STEP * windows.on_map(places / _STEP, part))
        return result


def _narrow(parts: int) -> list[nn.Module]:
    """From 128 channels to what points are read from."""
    return [
        Pointwise(128, _WIDTH, parts), activation(parts * _WIDTH, learned=True), *blocks(_WIDTH, _WIDTH, parts=parts)
    ]  # fmt: skip
