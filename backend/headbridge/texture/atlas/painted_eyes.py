"""Eyes for eyeballs that nobody saw: a scan has lids, or a surface painted with eyes, in their place, and a photo
shows what lies between the lids."""

from __future__ import annotations

import numpy as np

from ...mesh import Mesh
from ...spatial.rasterise import UvRaster
from ...topologies import Topology
from .eye_colours import EyeColours, eye_picture


def paint_eyes(
    picture: np.ndarray,
    share: np.ndarray,
    raster: UvRaster,
    template: Mesh,
    topology: Topology,
    colours: EyeColours = EyeColours(),
) -> None:
    """Paint the eyeballs of a topology that has them into (H, W, 3) `picture`, of which (H, W) `share` 0..1 is kept."""
    for side in ("left", "right"):
        ball = topology.regions.get(f"{side}_eyeball")
        if ball is None:
            continue
        on_ball = np.append(ball[template.triangles].all(axis=1), False)[raster.triangle]
        corners = template.triangles[raster.triangle[on_ball]]
        points = np.einsum("nk,nkd->nd", raster.barycentrics[on_ball], template.vertices[corners])
        used = template.vertices[ball]
        painted = eye_picture(points - 0.5 * (used.min(axis=0) + used.max(axis=0)), colours)
        kept = share[on_ball][:, None]
        picture[on_ball] = kept * picture[on_ball] + (1.0 - kept) * painted
