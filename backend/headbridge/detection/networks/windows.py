"""Windows on a feature map that follow a part of the face: spatial transformers (arXiv:2006.10962, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

CELLS = 16
"""Samples along a window's sides."""

# A window is larger than the box of its points by this factor.
_ROOM = 1.5


@dataclass(frozen=True)
class Windows:
    """P windows on each of N feature maps.

    linear : (N, P, 2, 2) and offset : (N, P, 2), from columns and rows of a window's cells to those of its map; both
    count from the upper left corner of the first cell."""

    linear: torch.Tensor
    offset: torch.Tensor

    @classmethod
    def around(cls, points: torch.Tensor, across: torch.Tensor) -> Windows:
        """The windows around (N, P, K, 2) points on the maps, each turned so that its direction `across`, (N, P, 2) on the
        map, is straight to the right in it."""
        angle = torch.atan2(across[..., 1], across[..., 0])
        cos, sin = angle.cos(), angle.sin()
        # Columns: the window's directions across and down, on the map.
        turn = torch.stack([cos, -sin, sin, cos], dim=-1).unflatten(-1, (2, 2))
        upright = points @ turn
        low, high = upright.amin(dim=2), upright.amax(dim=2)
        linear = turn * (high - low).unsqueeze(-2) * (_ROOM / CELLS)
        middle = (turn @ (0.5 * (low + high)).unsqueeze(-1)).squeeze(-1)
        return cls(linear, middle - 0.5 * CELLS * linear.sum(dim=-1))

    def sample(self, maps: torch.Tensor) -> torch.Tensor:
        """(N, P * C, CELLS, CELLS) of (N, C, H, W), bilinear; zero beyond the middles of the outermost cells."""
        parts = self.linear.shape[1]
        steps = torch.arange(CELLS, dtype=maps.dtype, device=maps.device) + 0.5
        cells = torch.cartesian_prod(steps, steps).flip(1)
        # From here on counted from the middle of the map's first cell, as `align_corners` means it.
        places = cells @ self.linear.transpose(2, 3) + self.offset.unsqueeze(2) - 0.5
        last = torch.tensor([maps.shape[3] - 1, maps.shape[2] - 1], dtype=maps.dtype, device=maps.device)
        inside = ((places >= 0.0) & (places <= last)).all(dim=3)
        grid = (places * (2.0 / last) - 1.0).reshape(len(maps), parts * CELLS, CELLS, 2)
        seen = F.grid_sample(maps, grid, padding_mode="border", align_corners=True)
        seen = seen * inside.reshape(len(maps), 1, parts * CELLS, CELLS)
        seen = seen.unflatten(2, (parts, CELLS)).transpose(1, 2).flatten(1, 2)
        return seen.contiguous(memory_format=torch.channels_last)

    def on_map(self, points: torch.Tensor, part: int) -> torch.Tensor:
        """(N, K, 2) points in cells of one of the windows, in cells of the maps."""
        return points @ self.linear[:, part].transpose(1, 2) + self.offset[:, part, None]
