"""The textured head as a photo would show it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch

from ...mesh import Mesh
from ...mesh.normals import normalized, vertex_normals
from ...render import Faces, Raster, antialias, barycentrics, depth, interpolate, rasterise, sample_texture, sh_basis
from .posed_photo import PosedPhoto


class PhotoRender:
    """Renders a head with changing textures into one photo's picture.

    mesh : with the layout of the textures, its tiles in 0..1 (`HeadLayout.packed`); the photo says where its vertices
    are. rasterise : of `RASTERISERS`.

    raster : one view of the head. triangle : (H, W) int32, the triangle each pixel shows, -1 where the head is not, and
    barycentrics : (H, W, 3), where in it.
    covered : (H, W) bool, where it shows its outer side. depth : (H, W) mm, and normals : (H, W, 3) unit normals, both 0
    off the head. uvs : (1, H, W, 2) tensor. shading : (H, W, 3), factors of the texture's colours."""

    def __init__(self, photo: PosedPhoto, mesh: Mesh, rasterise: Callable[..., Raster] = rasterise):
        self._points = torch.from_numpy(photo.screen.astype(np.float32))[None]
        self.raster = rasterise(self._points, Faces(mesh.triangles, len(mesh.vertices)), photo.pixels.shape[:2])
        corners = torch.from_numpy(mesh.uvs[mesh.triangle_corners].reshape(1, -1, 2).astype(np.float32))
        places = Faces(np.arange(corners.shape[1]).reshape(-1, 3), corners.shape[1])
        self.uvs = interpolate(self._points, self.raster, corners, places)
        normals = torch.from_numpy(vertex_normals(photo.vertices, mesh.triangles).astype(np.float32))[None]
        self.triangle = self.raster.triangle[0].numpy()
        # The inner side of a skin is no part of the head: it is seen where the mouth has no lining.
        self.covered = np.append(_turned_here(photo.screen[mesh.triangles]), False)[self.triangle]
        self.normals = interpolate(self._points, self.raster, normals)[0].numpy()
        self.normals[self.covered] = normalized(self.normals[self.covered])
        self._openness = None
        if photo.openness is not None:
            factors = torch.from_numpy(photo.openness.astype(np.float32))[None, :, None]
            self._openness = interpolate(self._points, self.raster, factors)[0].numpy()[self.covered]
        self.relight(photo.light)

    @cached_property
    def depth(self) -> np.ndarray:
        return depth(self._points, self.raster)[0].numpy()

    @cached_property
    def barycentrics(self) -> np.ndarray:
        return barycentrics(self._points, self.raster)[0].numpy()

    def relight(self, light: np.ndarray | None) -> None:
        """Put the head under (9, 3) light in the photo's frame, or under none."""
        self.shading = np.ones((*self.covered.shape, 3), np.float32)
        self.shading[self.covered] = shading_of(light, self.normals[self.covered])
        if self._openness is not None:
            self.shading[self.covered] *= self._openness

    def colours(self, texture: torch.Tensor) -> np.ndarray:
        """(H, W, 3) float32 sRGB of the head under the photo's light with a (1, TH, TW, 3) texture, 0 off the head."""
        return sample_texture(texture, self.uvs, self.raster)[0].numpy() * self.shading

    def over(self, picture: np.ndarray, background: np.ndarray) -> np.ndarray:
        """(H, W, C) float32 `picture` of the head over a `background`, blended at the outline."""
        joined = np.where(self.covered[..., None], picture, background).astype(np.float32)
        return antialias(torch.from_numpy(joined)[None], self._points, self.raster)[0].numpy()


def shading_of(light: np.ndarray | None, normals: np.ndarray) -> np.ndarray:
    """(N, 3) float32 factors of the albedo at (N, 3) unit normals under (9, 3) light; 1 without light."""
    if light is None:
        return np.ones((len(normals), 3), np.float32)
    basis = sh_basis(torch.from_numpy(np.ascontiguousarray(normals, np.float32)))
    return (basis @ torch.from_numpy(np.asarray(light, np.float32))).numpy()


def _turned_here(corners: np.ndarray) -> np.ndarray:
    """(T,) bool, which of the (T, 3, 3) triangles on the screen show their outer side."""
    first, second = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    # With y down, what turns counter-clockwise seen from outside turns the other way.
    return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0.0
