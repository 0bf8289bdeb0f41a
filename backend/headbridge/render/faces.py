"""The triangles of a rendered mesh with the tables that the kernels and their gradients need."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch

from ..device import warp_device
from ..errors import InputError
from ..mesh.adjacency import triangle_neighbours


class Faces:
    """(T, 3) triangles as indices into `count` points (vertices, or UV points), on one device.

    device : "cpu" or "cuda". Make it once per topology and keep it: its tables are shared by all pictures.
    Raises `InputError` where there is no triangle, or an index lies outside 0..count-1.
    """

    def __init__(self, triangles, count: int, device: str = "cpu"):
        table = np.asarray(triangles)
        if table.ndim != 2 or table.shape[1] != 3 or not np.issubdtype(table.dtype, np.integer):
            raise InputError(
                f"Triangles to render should be integers of shape (T, 3), not {table.dtype} {table.shape}."
            )
        if not len(table):
            raise InputError("The mesh to render has no triangles; give it at least one.")
        if table.min() < 0 or table.max() >= count:
            raise InputError(
                f"Triangles to render use points {table.min()} to {table.max()}, but there are {count} points."
            )
        warp_device(device)
        self.device = torch.device(device)
        self.count = count
        self._table = np.ascontiguousarray(table, np.int32)
        self.triangles = torch.from_numpy(self._table.copy()).to(self.device)

    def __len__(self) -> int:
        return len(self._table)

    @cached_property
    def point_corners(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(count + 1,) int32 starts and (3 T,) int32 corners (3 t + k): the corners at every point, point by point."""
        corners = self._table.reshape(-1)
        starts = np.zeros(self.count + 1, np.int32)
        np.cumsum(np.bincount(corners, minlength=self.count), out=starts[1:])
        order = np.argsort(corners, kind="stable").astype(np.int32)
        return torch.from_numpy(starts).to(self.device), torch.from_numpy(order).to(self.device)

    @cached_property
    def edges(self) -> torch.Tensor:
        """(E, 4) int32, every edge once: its ends, the opposite point of its triangle, and that of the triangle beyond
        (-1 on a boundary). Where more than two triangles meet, every side is an edge of its own with a boundary."""
        across = triangle_neighbours(self._table).reshape(-1)
        side = np.arange(len(across))
        side = side[(across < 0) | (side // 3 < across)]
        triangle, corner = np.divmod(side, 3)
        ends = np.stack([self._table[triangle, corner], self._table[triangle, (corner + 1) % 3]], axis=1)
        opposite = self._table[triangle, (corner + 2) % 3]
        beyond = self._table[across[side]]
        apex = np.where((beyond != ends[:, :1]) & (beyond != ends[:, 1:]), beyond, -1).max(axis=1)
        apex = np.where(across[side] < 0, -1, apex)
        return torch.from_numpy(np.column_stack([ends, opposite, apex]).astype(np.int32)).to(self.device)
