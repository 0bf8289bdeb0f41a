"""The textured head as a photo would show it."""

from __future__ import annotations

import numpy as np
import torch

from ...mesh.normals import normalized, vertex_normals
from ...render import Faces, antialias, interpolate, rasterise, sample_texture
from ..texturing.layout import HeadLayout
from .projection import PosedPhoto, shading_of


class PhotoRender:
    """Renders a head with changing textures into one photo's picture.

    triangle : (H, W) int32, the triangle each pixel shows, -1 where the head is not. covered : (H, W) bool.
    normals : (H, W, 3) unit normals, 0 off the head."""

    def __init__(self, photo: PosedPhoto, layout: HeadLayout):
        mesh = layout.laid
        self._points = torch.from_numpy(photo.screen.astype(np.float32))[None]
        self._raster = rasterise(self._points, Faces(mesh.triangles, len(mesh.vertices)), photo.pixels.shape[:2])
        corners = torch.from_numpy(mesh.uvs[mesh.triangle_corners].reshape(1, -1, 2).astype(np.float32))
        places = Faces(np.arange(corners.shape[1]).reshape(-1, 3), corners.shape[1])
        self._uvs = interpolate(self._points, self._raster, corners, places)
        normals = torch.from_numpy(vertex_normals(photo.vertices, mesh.triangles).astype(np.float32))[None]
        self.normals = normalized(interpolate(self._points, self._raster, normals)[0].numpy())
        self.triangle = self._raster.triangle[0].numpy()
        self.covered = self.triangle >= 0
        self._shading = np.ones((*self.covered.shape, 3), np.float32)
        self._shading[self.covered] = shading_of(photo.light, self.normals[self.covered])

    def colours(self, texture: torch.Tensor) -> np.ndarray:
        """(H, W, 3) float32 sRGB of the head under the photo's light with a (1, TH, TW, 3) texture, 0 off the head."""
        return sample_texture(texture, self._uvs, self._raster)[0].numpy() * self._shading

    def over(self, picture: np.ndarray, background: np.ndarray) -> np.ndarray:
        """(H, W, C) float32 `picture` of the head over a `background`, blended at the outline."""
        joined = np.where(self.covered[..., None], picture, background).astype(np.float32)
        return antialias(torch.from_numpy(joined)[None], self._points, self._raster)[0].numpy()
