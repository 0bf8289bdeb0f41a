"""How much of the light around reaches a head's surface: less in sockets, beside the nose and in the mouth."""

from __future__ import annotations

import numpy as np

from ...mesh.normals import vertex_normals
from ...spatial import Surface
from ...spatial.occlusion import ambient_occlusion

# What is farther away than this hides no light, mm.
_RADIUS = 80.0
# What hides the sky is itself lit, so that of what it takes this share comes back (with it the albedo of path-traced
# heads is found best); and sRGB's exponent, since shading is a factor of encoded colours.
_BOUNCE, _GAMMA = 0.7, 2.2


def openness(vertices: np.ndarray, triangles: np.ndarray, part: slice = slice(None)) -> np.ndarray:
    """(n,) float32 factors of the shading, 1 in the open, at a part of the (V, 3) vertices of a head, mm.

    The ambient occlusion o (Landis 2002), with the light that the hiding surface itself sends: o / (1 - b (1 - o))."""
    normals = vertex_normals(vertices, triangles)
    share = ambient_occlusion(Surface(vertices, triangles), vertices[part], normals[part], _RADIUS)
    return ((share / (1.0 - _BOUNCE * (1.0 - share))) ** (1.0 / _GAMMA)).astype(np.float32)
