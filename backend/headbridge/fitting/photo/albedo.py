"""The face's albedo in a fit: a linear texture space, and smooth offsets in regions of the face.

Region offsets are blended by a partition of unity on the surface. Their prior holds left and right alike more firmly
than anything else, so that what differs between them is left to the light where light can explain it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ...mesh import Mesh
from ...mesh.interpolation import barycentric_rows
from ...texture.atlas.layout import HeadLayout
from ...texture.open_space import NAME as OPEN
from ...texture.plausible import plausible_limits
from ...texture.sampling import bilinear_matrix
from ...texture.space import TextureSpace, resized
from ...topologies import Topology
from .skin_mask import INNER_REGIONS

# Distance of the regions' centres, and how far each reaches, mm.
_SPACING, _REACH = 20.0, 12.0
# Centres so near to the midline lie on it, mm.
_MIDLINE = 6.0
# Standard deviations of offsets, sRGB, each in brightness and in colour: of what the whole face shares, what both sides
# share beyond, and half their difference; and inside eyes and mouth, about whose albedo nothing is known.
_WHOLE_SIGMA = (0.08, 0.03)
_SHARED_SIGMA, _SIDES_SIGMA, _INNER_SIGMA = (0.07, 0.025), (0.025, 0.012), (0.25, 0.08)
# The coarsest size of textures that is kept, texels of a tile.
_COARSEST = 128
# A pixel wants about so many texels across.
_TEXELS_PER_PIXEL = 1.2


@dataclass(frozen=True, eq=False)
class AlbedoSamples:
    """The albedo model at N surface points: mean (N, 3), components (N, 3, K), regions (N, R) weights."""

    mean: np.ndarray
    components: np.ndarray
    regions: np.ndarray

    def colours(self, coefficients: np.ndarray) -> np.ndarray:
        """(N, 3) sRGB under (K + 3R,) coefficients."""
        count = self.components.shape[2]
        offsets = coefficients[count:].reshape(-1, 3).astype(self.mean.dtype)
        return self.mean + self.components @ coefficients[:count].astype(self.mean.dtype) + self.regions @ offsets


class AlbedoModel:
    """Albedo of a head with UVs: coefficients are K of the space, then (R, 3) offsets of its regions; the last `inner`
    regions are eyeballs and mouth.

    template : the head's topology in its rest pose, with UVs. space : a texture space in that layout.

    layout : the space's. regions : (V, R) float32 weights. mirror : (R,) each region's other side.
    """

    def __init__(self, template: Mesh, topology: Topology, space: TextureSpace):
        self._vertex_count = len(template.vertices)
        self._uvs = template.uvs[template.triangle_corners].astype(np.float64)
        self._corners = template.triangles
        self.regions, self.mirror, self.inner = _face_regions(template.vertices, topology)
        self._space, self._atlases = space, _atlases(space)
        self.layout = space.layout
        self.component_count = space.count
        # Texels per millimetre of the face, per texel of a tile's side.
        face = topology.regions["face"][template.triangles].all(axis=1)
        a, b, c = np.moveaxis(template.vertices[template.triangles[face]], 1, 0)
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
        p, q, r = np.moveaxis(self._uvs[face], 1, 0)
        covered = np.abs((q - p)[:, 0] * (r - p)[:, 1] - (q - p)[:, 1] * (r - p)[:, 0]).sum()
        self._density = float(np.sqrt(covered / area))

    @property
    def region_count(self) -> int:
        return self.regions.shape[1]

    @property
    def count(self) -> int:
        return self.component_count + 3 * self.region_count

    def level(self, pixels_per_mm: float) -> int:
        """Which of the kept sizes suits pictures of that resolution."""
        wanted = _TEXELS_PER_PIXEL * pixels_per_mm / self._density
        return int(np.argmin(np.abs(np.log(np.array([atlas.shape[1] for atlas in self._atlases]) / wanted))))

    def sample(self, triangles: np.ndarray, weights: np.ndarray, level: int) -> AlbedoSamples:
        """The model at N points: (N,) triangles and (N, 3) barycentric weights."""
        values = self._sampled(self._atlases[level], triangles, weights).reshape(-1, 3, 1 + self.component_count)
        regions = self.interpolation(triangles, weights) @ self.regions
        return AlbedoSamples(values[..., 0], values[..., 1:], regions)

    def colours(self, coefficients: np.ndarray, triangles: np.ndarray, weights: np.ndarray, level: int) -> np.ndarray:
        """(N, 3) sRGB of the model at points as in `sample`."""
        atlas = self._atlases[level]
        used = np.append(1.0, coefficients[: self.component_count]).astype(np.float32)
        picture = atlas.reshape(*atlas.shape[:3], 3, -1) @ used
        smooth = self.interpolation(triangles, weights) @ self._smooth(coefficients)
        return self._sampled(picture, triangles, weights) + smooth

    def picture(self, coefficients: np.ndarray, layout: HeadLayout) -> np.ndarray:
        """(H, W, 3) sRGB of the albedo at the texels of the head's layout."""
        raster, size = layout.raster, layout.shape[0]
        tiles = zip(self._space.tiles, self._space.colours(coefficients[: self.component_count]), strict=True)
        picture = layout.packing.joined({tile: resized(colours, size) for tile, colours in tiles})
        where = raster.covered
        weights = self.interpolation(raster.triangle[where], raster.barycentrics[where])
        picture = np.array(picture)
        picture[where] += weights @ self._smooth(coefficients)
        return picture

    def interpolation(self, triangles: np.ndarray, weights: np.ndarray) -> sp.csr_matrix:
        """(N, V) float32, from values at the vertices to values at points as in `sample`."""
        return barycentric_rows(self._corners[triangles], weights.astype(np.float32), self._vertex_count)

    def limits(self) -> np.ndarray:
        """(2, K + 3R) least and greatest coefficients. Brows that glow on the skin around, or a beard that lights it
        up, would be likely enough by the data, but no face has them."""
        limits = np.full((2, self.count), np.inf) * [[-1.0], [1.0]]
        if self._space.name == OPEN:
            limits[:, : self.component_count] = plausible_limits(self._space.labels)
        return limits

    def precision(self) -> np.ndarray:
        """(K + 3R, K + 3R) inverse covariance of the coefficients about zero."""
        precision = np.eye(self.count)
        mean = np.full((3, 3), 1.0 / 3.0)

        def covariance(sigma: tuple[float, float]) -> np.ndarray:
            return mean * 3.0 * sigma[0] ** 2 + (np.eye(3) - mean) * sigma[1] ** 2

        regions = self.region_count
        same, swap = np.eye(regions), np.eye(regions)[self.mirror]
        skin = (np.arange(regions) < regions - self.inner).astype(float)
        precision[self.component_count :, self.component_count :] = np.linalg.inv(
            np.kron(np.outer(skin, skin), covariance(_WHOLE_SIGMA))
            + np.kron(np.diag(skin) @ (same + swap) / 2.0, covariance(_SHARED_SIGMA))
            + np.kron(np.diag(skin) @ (same - swap) / 2.0, covariance(_SIDES_SIGMA))
            + np.kron(np.diag(1.0 - skin), covariance(_INNER_SIGMA))
        )
        return precision

    def _sampled(self, atlas: np.ndarray, triangles: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(N, C) values of a (tiles, S, S, C) atlas at points as in `sample`."""
        places = np.einsum("nk,nkd->nd", weights, self._uvs[triangles])
        matrix = bilinear_matrix(places, self._space.tiles, atlas.shape[1])
        return matrix @ atlas.reshape(-1, atlas.shape[3])

    def _smooth(self, coefficients: np.ndarray) -> np.ndarray:
        """(V, 3) float32 the regions' offsets."""
        offsets = coefficients[self.component_count :].reshape(-1, 3)
        return self.regions @ offsets.astype(np.float32)


def _face_regions(vertices: np.ndarray, topology: Topology) -> tuple[np.ndarray, np.ndarray, int]:
    """(V, R) float32 weights that sum to 1 at every vertex, (R,) each region's other side, and how many are inner."""
    inner = [topology.regions[name] for name in INNER_REGIONS if name in topology.regions]
    inside = np.any(inner, axis=0)
    centres = _centres(vertices[topology.regions["face"] & ~inside])
    distance = np.linalg.norm(vertices[:, None] - centres, axis=2)
    # The nearest centre keeps its weight however far it is.
    nearness = np.exp(-0.5 * (distance**2 - distance.min(axis=1, keepdims=True) ** 2) / _REACH**2)
    nearness /= nearness.sum(axis=1, keepdims=True)
    nearness[inside] = 0.0
    weights = np.column_stack([nearness, *inner]).astype(np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    flipped = np.linalg.norm(centres[:, None] * (-1.0, 1.0, 1.0) - centres, axis=2).argmin(axis=0)
    own = np.arange(len(centres), len(centres) + len(inner))
    return weights, np.concatenate([flipped, own]), len(inner)


def _centres(points: np.ndarray) -> np.ndarray:
    """(R, 3) points among the (N, 3), evenly spread and the same on both sides of x = 0."""
    half = points[points[:, 0] >= -1e-6]
    half = np.where((half[:, :1] < _MIDLINE) & (np.arange(3) == 0), 0.0, half)
    chosen = [half[half[:, 2].argmax()]]
    nearest = np.full(len(half), np.inf)
    while True:
        for side in ((1.0, 1.0, 1.0), (-1.0, 1.0, 1.0)):
            nearest = np.minimum(nearest, np.linalg.norm(half - chosen[-1] * side, axis=1))
        if nearest.max() < _SPACING:
            break
        chosen.append(half[nearest.argmax()])
    chosen = np.array(chosen)
    return np.concatenate([chosen, chosen[chosen[:, 0] > 0.0] * (-1.0, 1.0, 1.0)])


def _atlases(space: TextureSpace) -> list[np.ndarray]:
    """Per size, halved from the space's own, (tiles, S, S, 3 (1 + K)) float32: mean and components side by side."""
    both = np.concatenate([space.mean[..., None], space.components], axis=4)
    atlases = [both.reshape(*both.shape[:3], -1)]
    while atlases[-1].shape[1] >= 2 * _COARSEST and atlases[-1].shape[1] % 2 == 0:
        last = atlases[-1]
        rows = last[:, 0::2] + last[:, 1::2]
        atlases.append(0.25 * (rows[:, :, 0::2] + rows[:, :, 1::2]))
    return atlases
