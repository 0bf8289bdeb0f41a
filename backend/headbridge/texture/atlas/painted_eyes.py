"""Eyes for eyeballs that nobody saw: a scan has lids, or a surface painted with eyes, in their place, and a photo
shows what lies between the lids."""

from __future__ import annotations

import numpy as np

from ...mesh import Mesh
from ...spatial.rasterise import UvRaster
from ...topologies import Topology

# Degrees from the eye's axis to where pupil and iris end, and how soft the ends are; sRGB.
_PUPIL, _IRIS, _SOFT = 10.0, 27.0, 2.0
_PUPIL_COLOUR, _IRIS_COLOUR, _SCLERA_COLOUR = (0.06, 0.05, 0.05), (0.36, 0.26, 0.18), (0.88, 0.86, 0.84)


def paint_eyes(picture: np.ndarray, share: np.ndarray, raster: UvRaster, template: Mesh, topology: Topology) -> None:
    """Paint the eyeballs of a topology that has them into (H, W, 3) `picture`, of which (H, W) `share` 0..1 is kept."""
    for side in ("left", "right"):
        ball = topology.regions.get(f"{side}_eyeball")
        if ball is None:
            continue
        on_ball = np.append(ball[template.triangles].all(axis=1), False)[raster.triangle]
        corners = template.triangles[raster.triangle[on_ball]]
        points = np.einsum("nk,nkd->nd", raster.barycentrics[on_ball], template.vertices[corners])
        used = template.vertices[ball]
        offset = points - 0.5 * (used.min(axis=0) + used.max(axis=0))
        angle = np.degrees(np.arccos(np.clip(offset[:, 2] / np.linalg.norm(offset, axis=1), -1.0, 1.0)))[:, None]
        beyond_pupil, beyond_iris = (np.clip((angle - end) / _SOFT + 0.5, 0.0, 1.0) for end in (_PUPIL, _IRIS))
        inner = (1.0 - beyond_pupil) * _PUPIL_COLOUR + beyond_pupil * _IRIS_COLOUR
        painted = (1.0 - beyond_iris) * inner + beyond_iris * _SCLERA_COLOUR
        kept = share[on_ball][:, None]
        picture[on_ball] = kept * picture[on_ball] + (1.0 - kept) * painted
