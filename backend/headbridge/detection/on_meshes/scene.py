"""A mesh as a camera sees it: software ray casting with the mesh's own colours, or as clay under studio lights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...mesh import Mesh
from ...mesh.normals import normalized, vertex_normals
from ...spatial import Surface, SurfaceHits
from ...spatial.occlusion import ambient_occlusion
from .camera import Camera
from .pictures import Clay, visible

if TYPE_CHECKING:
    # OpenCV takes a moment to load.
    from ...images import Image

# sRGB of skin without a texture, and of what lies behind a head.
_SKIN = (0.80, 0.62, 0.53)
_BACKGROUND = 0.45
# Shape shows in what light from the camera leaves dark; a texture has its own shades already.
_AMBIENT, _AMBIENT_TEXTURED = 0.25, 0.55
# Clay, as detectors read it best: three lights (directions in the camera's frame: right, up, back; strengths), what is
# left without them, and the inner side of the surface as dark as a mouth.
_LIGHTS = (((-0.6, 0.5, 0.7), 0.6), ((0.8, 0.1, 0.6), 0.3), ((0.0, 1.0, 0.1), 0.15))
_CLAY_AMBIENT, _INSIDE = 0.35, (0.16, 0.05, 0.05)

Colours = Callable[[SurfaceHits], np.ndarray]
"""(N, 3) sRGB of N hits on a surface."""


class Scene:
    """A mesh with colours that can be looked at.

    mesh : in any units; colours : of its surface, or None for plain skin. device : where rays are cast.
    """

    def __init__(self, mesh: Mesh, colours: Colours | None = None, device: str = "cpu"):
        self.mesh = mesh
        self.surface = Surface(mesh.vertices, mesh.triangles, device)
        self._normals = vertex_normals(mesh.vertices, mesh.triangles)
        self._colours = colours
        self._clay: Clay | None = None

    @classmethod
    def as_clay(cls, mesh: Mesh, radius: float, device: str = "cpu") -> Scene:
        """The mesh without colours, shaded as faces are found best; `radius` : of the occlusion, about an eighth of a
        head's height, in the mesh's units."""
        scene = cls(mesh, None, device)
        openness = ambient_occlusion(scene.surface, mesh.vertices, scene._normals, radius)
        scene._clay = Clay(
            mesh.vertices, scene.surface.triangles, scene._normals, openness,
            _LIGHTS, _CLAY_AMBIENT, _SKIN, _INSIDE, (_BACKGROUND,) * 3, scene.surface.device,
        )  # fmt: skip
        return scene

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
        triangles, weights = visible(self.mesh.vertices, self.surface.triangles, camera, self.surface.device)
        if self._clay is not None:
            picture = self._clay.colours(triangles, weights, camera)
        else:
            seen = triangles >= 0
            picture = np.full((len(seen), 3), _BACKGROUND)
            picture[seen] = self._lit(self._hits(triangles[seen], weights[seen], camera), camera)
        return np.rint(255.0 * np.clip(picture, 0.0, 1.0)).astype(np.uint8).reshape(camera.size, camera.size, 3)

    def _hits(self, triangles: np.ndarray, weights: np.ndarray, camera: Camera) -> SurfaceHits:
        points = np.einsum("nk,nkd->nd", weights, self.mesh.vertices[self.surface.triangles[triangles]])
        return SurfaceHits(points, triangles, weights, np.linalg.norm(points - camera.position, axis=1))

    def _lit(self, shown: SurfaceHits, camera: Camera) -> np.ndarray:
        """(N, 3) sRGB under a light at the camera."""
        facing = np.einsum("nd,nd->n", self.normals(shown), normalized(camera.position - shown.points))
        ambient = _AMBIENT if self._colours is None else _AMBIENT_TEXTURED
        return self._own_colours(shown) * np.clip(ambient + (1.0 - ambient) * facing, 0.0, 1.0)[:, None]

    def unlit(self, camera: Camera) -> tuple[np.ndarray, SurfaceHits]:
        """(size * size, 3) sRGB of the surface itself, row by row, and what the pixels show."""
        hits = self._hits(*visible(self.mesh.vertices, self.surface.triangles, camera, self.surface.device), camera)
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
