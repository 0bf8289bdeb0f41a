"""Where the network has learned: on the sheets and a little above and below them."""

from __future__ import annotations

import numpy as np

from ...mesh.normals import normalized, vertex_normals
from ...spatial import Surface
from ..sheets import Sheets

# Distance from a sheet up to which the network is taught and asked, mm.
REACH = 1.0


class SheetDomain:
    """Draws points into the layer around the sheets that the network knows; beyond it, it would make things up.

    With a point its normal is drawn to that of the sheet: what lies far away may face anywhere."""

    def __init__(self, sheets: Sheets, device: str = "cpu"):
        normals = vertex_normals(sheets.vertices, sheets.triangles)
        everything = np.unique(np.concatenate(sheets.members))
        self._sheets = [_Layer(sheets, normals, members, device) for members in sheets.members]
        self._all = _Layer(sheets, normals, everything, device)

    def near_any(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(P, 3) points and (P, 3) unit normals, drawn to the nearest sheet."""
        return self._all.draw(points, normals)

    def near_own(self, points: np.ndarray, sheets: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(P, 3) points and (P, 3) unit normals, each drawn to the sheet (P,) it was given to."""
        drawn, facing = np.array(points, np.float64), np.array(normals, np.float64)
        for sheet in np.unique(sheets):
            chosen = sheets == sheet
            drawn[chosen], facing[chosen] = self._sheets[sheet].draw(drawn[chosen], facing[chosen])
        return drawn, facing


class _Layer:
    """The layer around some of the sheets' triangles."""

    def __init__(self, sheets: Sheets, normals: np.ndarray, triangles: np.ndarray, device: str):
        used, compact = np.unique(sheets.triangles[triangles], return_inverse=True)
        self._surface = Surface(sheets.vertices[used], compact.reshape(-1, 3), device)
        self._normals = normals[used]

    def draw(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hits = self._surface.closest(points)
        there = np.einsum("nk,nkd->nd", hits.barycentrics, self._normals[self._surface.triangles[hits.triangles]])
        share = np.minimum(1.0, REACH / np.maximum(hits.distances, 1e-12))[:, None]
        drawn = hits.points + share * (points - hits.points)
        return drawn, normalized(share * normals + (1.0 - share) * there)
