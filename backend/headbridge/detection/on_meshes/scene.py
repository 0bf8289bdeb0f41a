"""A scan as a camera sees it: software ray casting with the scan's own colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...mesh import Mesh
from ...mesh.normals import normalized, vertex_normals
from ...spatial import Surface, SurfaceHits
from .camera import Camera

if TYPE_CHECKING:
    # OpenCV takes a moment to load.
    from ...images import Image

# sRGB of skin without a texture, and of what lies behind a head.
_SKIN = (0.80, 0.62, 0.53)
_BACKGROUND = 0.45
# Shape shows in what light from the camera leaves dark; a texture has its own shades already.
_AMBIENT, _AMBIENT_TEXTURED = 0.25, 0.55

Colours = Callable[[SurfaceHits], np.ndarray]
"""(N, 3) sRGB of N hits on a surface."""


class Scene:
    """A mesh with colours that can be looked at.

    mesh : in any units; colours : of its surface, or None for plain skin. device : where rays are cast. two_sided :
    light the inner side too, as long as nobody knows which one that is.
    """

    def __init__(self, mesh: Mesh, colours: Colours | None = None, device: str = "cpu", two_sided: bool = False):
        self.mesh = mesh
        self.surface = Surface(mesh.vertices, mesh.triangles, device)
        self._normals = vertex_normals(mesh.vertices, mesh.triangles)
        self._colours, self._two_sided = colours, two_sided

    def cast(self, camera: Camera, pixels: np.ndarray) -> SurfaceHits:
        """What (N, 2) columns and rows of a picture show."""
        directions = camera.directions(pixels)
        return self.surface.cast(np.broadcast_to(camera.position, directions.shape), directions)

    def normals(self, hits: SurfaceHits) -> np.ndarray:
        """(N, 3) smooth unit normals at N hits (where nothing was hit they mean nothing)."""
        corners = self.surface.triangles[hits.triangles]
        return normalized(np.einsum("nk,nkd->nd", hits.barycentrics, self._normals[corners]))

    def render(self, camera: Camera) -> np.ndarray:
        """(size, size, 3) uint8 sRGB picture under a light at the camera."""
        hits = self.cast(camera, camera.pixel_centres())
        seen = hits.hit
        shown = _chosen(hits, seen)
        towards = normalized(camera.position - shown.points)
        facing = np.einsum("nd,nd->n", self.normals(shown), towards)
        facing = np.abs(facing) if self._two_sided else facing
        picture = np.full((len(seen), 3), _BACKGROUND)
        ambient = _AMBIENT if self._colours is None else _AMBIENT_TEXTURED
        picture[seen] = self._own_colours(shown) * np.clip(ambient + (1.0 - ambient) * facing, 0.0, 1.0)[:, None]
        return np.rint(255.0 * np.clip(picture, 0.0, 1.0)).astype(np.uint8).reshape(camera.size, camera.size, 3)

    def unlit(self, camera: Camera) -> tuple[np.ndarray, SurfaceHits]:
        """(size * size, 3) sRGB of the surface itself, row by row, and what the pixels show."""
        hits = self.cast(camera, camera.pixel_centres())
        picture = np.full((len(hits.triangles), 3), _BACKGROUND)
        picture[hits.hit] = self._own_colours(_chosen(hits, hits.hit))
        return picture, hits

    def _own_colours(self, hits: SurfaceHits) -> np.ndarray:
        if self._colours is None:
            return np.broadcast_to(_SKIN, hits.points.shape)
        return self._colours(hits)


def _chosen(hits: SurfaceHits, mask: np.ndarray) -> SurfaceHits:
    return SurfaceHits(hits.points[mask], hits.triangles[mask], hits.barycentrics[mask], hits.distances[mask])


def texture_colours(mesh: Mesh, image: Image) -> Colours:
    """The colours of a mesh with UVs under an image, sampled bilinearly; UVs beyond 0..1 repeat it."""
    uvs = mesh.uvs[mesh.triangle_corners].astype(np.float64)
    pixels = image.encoded_as("sRGB")[..., : image.colour_channels]
    height, width = pixels.shape[:2]

    def colours(hits: SurfaceHits) -> np.ndarray:
        places = np.einsum("nk,nkd->nd", hits.barycentrics, uvs[hits.triangles])
        column, row = places[:, 0] * width - 0.5, (1.0 - places[:, 1]) * height - 0.5
        left, above = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
        across, down = (column - left)[:, None], (row - above)[:, None]
        left, right, above, below = left % width, (left + 1) % width, above % height, (above + 1) % height
        upper = (1.0 - across) * pixels[above, left] + across * pixels[above, right]
        lower = (1.0 - across) * pixels[below, left] + across * pixels[below, right]
        return np.broadcast_to((1.0 - down) * upper + down * lower, (len(places), 3))

    return colours
