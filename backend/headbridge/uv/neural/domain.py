"""Where the network has learned: on the patches and a little above and below them."""

from __future__ import annotations

import numpy as np

from ...mesh.normals import normalized, vertex_normals
from ...spatial import Surface
from ..patches import Patches

# Distance from a patch up to which the network is trained and asked, mm.
REACH = 1.0


class PatchDomain:
    """Draws points into the layer around the patches that the network knows; beyond it, it would make things up.

    With a point its normal is drawn to that of the patch: what lies far away may face anywhere."""

    def __init__(self, patches: Patches, device: str = "cpu"):
        normals = vertex_normals(patches.vertices, patches.triangles)
        everything = np.unique(np.concatenate(patches.members))
        self._patches = [_Layer(patches, normals, members, device) for members in patches.members]
        self._all = _Layer(patches, normals, everything, device)

    def near_any(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(P, 3) points and (P, 3) unit normals, drawn to the nearest patch."""
        return self._all.draw(points, normals)

    def near_own(self, points: np.ndarray, patches: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(P, 3) points and (P, 3) unit normals, each drawn to the patch (P,) it was given to."""
        drawn, facing = np.array(points, np.float64), np.array(normals, np.float64)
        for patch in np.unique(patches):
            chosen = patches == patch
            drawn[chosen], facing[chosen] = self._patches[patch].draw(drawn[chosen], facing[chosen])
        return drawn, facing


class _Layer:
    """The layer around some of the patches' triangles."""

    def __init__(self, patches: Patches, normals: np.ndarray, triangles: np.ndarray, device: str):
        used, compact = np.unique(patches.triangles[triangles], return_inverse=True)
        self._surface = Surface(patches.vertices[used], compact.reshape(-1, 3), device)
        self._normals = normals[used]

    def draw(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hits = self._surface.closest(points)
        there = np.einsum("nk,nkd->nd", hits.barycentrics, self._normals[self._surface.triangles[hits.triangles]])
        share = np.minimum(1.0, REACH / np.maximum(hits.distances, 1e-12))[:, None]
        drawn = hits.points + share * (points - hits.points)
        return drawn, normalized(share * normals + (1.0 - share) * there)
