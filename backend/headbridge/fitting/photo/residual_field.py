"""What a texture model lacks of photos: smooth offsets of the colours over a head's surface.

A Gaussian field on top of a linear model, as in Gaussian process morphable models (Luethi et al. 2018). Unlike light and
shape, which only skin tells, the field takes whatever a photo shows of the face: eyes, teeth, hair before the forehead.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch
from scipy.ndimage import distance_transform_edt

from ...linalg.cholesky import SparseCholesky
from ...mesh.interpolation import barycentric_rows
from ...mesh.laplacian import cotangent_laplacian
from ...mesh.normals import vertex_areas
from ...texture.atlas.layout import HeadLayout
from ...topologies import Topology
from .posed_photo import PosedPhoto
from .rendering import PhotoRender
from .skin_mask import INNER_REGIONS, at_openings, lining

# Standard deviation, sRGB: on the skin, and inside eyes and mouth; and how far neighbours are alike, mm.
_SIGMA, _INNER_SIGMA, _REACH = 0.12, 0.25, 3.0
# How far off a pixel is from what the field can make of it, sRGB.
_NOISE = 0.03
# Pixels along the head's longer side, more than the field can follow.
_WORKING_SIZE = 640
# Beside the outline, mm, pixels may show the background: only skin counts.
_OUTLINE = 5.0
# Cosines between which surfaces turned away stop to count: whatever they show, and skin.
_TURNED, _TURNED_SKIN = (0.3, 0.6), (0.15, 0.4)


class ResidualField:
    """The field on one head with a layout."""

    def __init__(self, layout: HeadLayout, topology: Topology):
        self._layout, self._corners = layout, layout.packed.triangles
        regions = topology.regions
        inner = [regions[name] for name in INNER_REGIONS if name in regions]
        self._inner = np.any(inner, axis=0)
        taken = regions["face"] | self._inner | lining(topology)
        self._taken = np.append(taken[self._corners].all(axis=1), False)
        self._at_openings = np.append(at_openings(topology)[self._corners].all(axis=1), False)

    def fit(self, photos: Sequence[PosedPhoto], texture: np.ndarray) -> np.ndarray:
        """(V, 3) the likeliest offsets, sRGB, of the texture (H, W, 3) of the layout, padded."""
        count = len(self._layout.packed.vertices)
        matrices, right = [sp.csr_matrix((count, count))] * 3, np.zeros((count, 3))
        picture = torch.from_numpy(np.ascontiguousarray(texture, np.float32))[None]
        for photo in photos:
            photo = photo.around_head(_WORKING_SIZE)
            render = PhotoRender(photo, self._layout.packed)
            weights = self._weights(photo, render)
            where = weights > 0.0
            shading = render.shading[where]
            error = (photo.pixels - render.colours(picture))[where]
            rows = self._rows(render.triangle[where], render.barycentrics[where])
            weights = weights[where] / _NOISE**2
            for colour in range(3):
                seen = sp.diags(shading[:, colour]) @ rows
                matrices[colour] = matrices[colour] + seen.T @ sp.diags(weights) @ seen
                right[:, colour] += seen.T @ (weights * error[:, colour])
        solved = [
            SparseCholesky(matrix + self._precision).solve(right[:, colour]) for colour, matrix in enumerate(matrices)
        ]
        return np.stack(solved, axis=1)

    def picture(self, offsets: np.ndarray) -> np.ndarray:
        """(H, W, 3) float32 the (V, 3) offsets at the layout's texels, 0 beside its charts."""
        covered, raster = self._layout.covered, self._layout.raster
        result = np.zeros((*self._layout.shape, 3), np.float32)
        rows = self._rows(raster.triangle[covered], raster.barycentrics[covered])
        result[covered] = rows @ offsets.astype(np.float32)
        return result

    def _weights(self, photo: PosedPhoto, render: PhotoRender) -> np.ndarray:
        """(H, W) how far each pixel counts."""
        inside = distance_transform_edt(render.covered) * photo.millimetres > _OUTLINE
        facing = np.einsum("hwd,hwd->hw", render.normals, -photo.rays)
        weights = inside * np.where(self._at_openings[render.triangle], 1.0, _ramp(facing, *_TURNED))
        if photo.weights is not None:
            weights = np.maximum(weights, photo.weights * _ramp(facing, *_TURNED_SKIN))
        if photo.known is not None:
            weights *= photo.known
        return np.where(render.covered & self._taken[render.triangle], weights, 0.0)

    def _rows(self, triangles: np.ndarray, weights: np.ndarray) -> sp.csr_matrix:
        """(N, V) from the vertices to points given by (N,) triangles and (N, 3) barycentric weights."""
        return barycentric_rows(self._corners[triangles], weights.astype(np.float32), len(self._layout.packed.vertices))

    @cached_property
    def _precision(self) -> sp.csr_matrix:
        """(V, V) inverse covariance of one colour's offsets: a Matern field on the surface (Lindgren, Rue and
        Lindstroem 2011, of the first order)."""
        vertices = self._layout.packed.vertices
        area = sp.diags(np.maximum(vertex_areas(vertices, self._corners), 1e-6))
        stiff = cotangent_laplacian(vertices, self._corners)
        scale = sp.diags(1.0 / np.where(self._inner, _INNER_SIGMA, _SIGMA))
        # At the distances of heads' vertices such a field has about this inverse variance.
        unit = 0.3 * (area / _REACH**2 + stiff)
        return (scale @ unit @ scale).tocsr()


def _ramp(values: np.ndarray, least: float, most: float) -> np.ndarray:
    """0 up to `least`, 1 from `most` on, linear between."""
    return np.clip((values - least) / (most - least), 0.0, 1.0)
