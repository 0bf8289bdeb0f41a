"""HACK's larynx: a map on the neck that pushes the skin, and slides up and down."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import map_coordinates

from .data import HackData


@dataclass(frozen=True, eq=False)
class Larynx:
    """image : (H, W) in 0..1, how far the larynx pushes. places : (V, 2), where vertices read it, in -1..1 from the first
    to the last column and row. push : (3,) mm."""

    image: np.ndarray
    places: np.ndarray
    push: np.ndarray

    @classmethod
    def of(cls, data: HackData) -> Larynx:
        """That of a model."""
        return cls(data.larynx.astype(np.float64), data.larynx_places, data.larynx_push)

    def displacement(self, height: float = 0.0) -> np.ndarray:
        """(V, 3) mm, what the larynx of size 1 adds at a height, in heights of the map, up being positive."""
        last = np.array(self.image.shape[::-1]) - 1.0
        columns, rows = (0.5 * (self.places + (0.0, 2.0 * height) + 1.0) * last).T
        reach = map_coordinates(self.image, [rows, columns], order=1, mode="nearest")
        return reach[:, None] * self.push

    def restricted(self, vertices: np.ndarray | slice) -> Larynx:
        """That of some of the vertices."""
        return replace(self, places=self.places[vertices])
