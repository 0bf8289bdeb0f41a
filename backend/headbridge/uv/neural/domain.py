"""Where the network has learned: on the sheets and a little above and below them."""

from __future__ import annotations

import numpy as np

from ...spatial import Surface
from ..sheets import Sheets

# Distance from a sheet up to which the network is taught and asked, mm.
REACH = 1.0


class SheetDomain:
    """Draws points into the layer around the sheets that the network knows; beyond it, it would make things up."""

    def __init__(self, sheets: Sheets, device: str = "cpu"):
        self._sheets = [_surface(sheets, members, device) for members in sheets.members]
        self._all = _surface(sheets, np.unique(np.concatenate(sheets.members)), device)

    def near_any(self, points: np.ndarray) -> np.ndarray:
        """(P, 3) points drawn to the nearest sheet."""
        return _draw(points, self._all)

    def near_own(self, points: np.ndarray, sheets: np.ndarray) -> np.ndarray:
        """(P, 3) points, each drawn to the sheet (P,) it was given to."""
        out = np.array(points, np.float64)
        for sheet in np.unique(sheets):
            chosen = sheets == sheet
            out[chosen] = _draw(out[chosen], self._sheets[sheet])
        return out


def _surface(sheets: Sheets, triangles: np.ndarray, device: str) -> Surface:
    used, compact = np.unique(sheets.triangles[triangles], return_inverse=True)
    return Surface(sheets.vertices[used], compact.reshape(-1, 3), device)


def _draw(points: np.ndarray, surface: Surface) -> np.ndarray:
    hits = surface.closest(points)
    share = np.minimum(1.0, REACH / np.maximum(hits.distances, 1e-12))
    return hits.points + share[:, None] * (points - hits.points)
