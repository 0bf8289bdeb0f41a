"""The colours that a scan has of its own, on any mesh that was made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...spatial import Surface, SurfaceHits
from .scene import Colours, texture_colours

if TYPE_CHECKING:
    # OpenCV takes a moment to load.
    from ...images import Image

OwnColours = Callable[[Mesh, Similarity | None], Colours]
"""Colours of a mesh: the scan, or what became of it in a frame of its own, with the way from there to the scan's frame."""


@dataclass(frozen=True, eq=False)
class VertexColours:
    """A surface with a colour at every vertex.

    mesh : in its own frame and units; colours : (V, 3) float32 sRGB 0..1."""

    mesh: Mesh
    colours: np.ndarray

    def at(self, points: np.ndarray, device: str = "cpu") -> np.ndarray:
        """(N, 3) sRGB at the closest places of the surface to (N, 3) points in its frame."""
        surface = Surface(self.mesh.vertices, self.mesh.triangles, device)
        hits = surface.closest(np.asarray(points, np.float64))
        return np.einsum("nk,nkd->nd", hits.barycentrics, self.colours[surface.triangles[hits.triangles]])

    def of(self, mesh: Mesh, pose: Similarity | None) -> Colours:
        """As `OwnColours`: every vertex has the colour of the place that it lies on."""
        corners = self.at(mesh.vertices if pose is None else pose.apply(mesh.vertices))[mesh.triangles]

        def colours(hits: SurfaceHits) -> np.ndarray:
            return np.einsum("nk,nkd->nd", hits.barycentrics, corners[hits.triangles])

        return colours


def colours_of_image(image: Image) -> OwnColours:
    """Of an image on the mesh's UVs, which repairs and other frames leave as they are."""
    return lambda mesh, _pose: texture_colours(mesh, image)
