"""A photo's colours as least squares over shape, camera, light and albedo.

The residual at a point of the surface is albedo(uv) * shading(normal) - photo(place on the screen). Its derivatives are
in closed form: by the place through the picture's slope, for which the mean of the photo's and the model's is taken
(second-order minimisation, Benhimane and Malis 2004), by the normal through the shading, and by light and albedo.
Since a triangle's pixels share its corners, they are summed up triangle by triangle before the shape's many
coefficients come in: the cost of these does not grow with the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
import torch
from scipy.ndimage import maximum_filter, minimum_filter

from ...mesh import Mesh
from ...mesh.normals import normalized
from ...render import Faces, Raster, barycentrics, depth, rasterise
from ..posable import PosableHead, Posed
from .albedo import AlbedoModel, AlbedoSamples
from .light import BANDS, LIGHT_COUNT, light_basis, shading_slopes
from .picture_level import PictureLevel, picture_slopes
from .skin_mask import NOTHING, SKIN
from .state import ViewState, step_size

# Surfaces seen under less than this cosine tell little.
_LEAST_FACING = 0.2
# Depth that changes more within a pixel, mm per millimetre of the pixel, is another surface's.
_STEEPEST = 6.0
# Pixels used at a time; more of them say nothing new about shape and light.
_MOST_SAMPLES = 14_000


@dataclass(frozen=True, eq=False)
class SurfaceSamples:
    """N pixels as points of the surface, which they stay while a step is tried.

    pixels : (N,) flat indices in the level. triangles (N,), barycentrics (N, 3) float32. colours : (N, 3) of the photo.
    slopes : (N, 3, 2) of the picture, by column and row. albedo : the model there. openness : (N,) factors of the
    shading. weights : (N,) how far each counts.
    """

    pixels: np.ndarray
    triangles: np.ndarray
    barycentrics: np.ndarray
    colours: np.ndarray
    slopes: np.ndarray
    albedo: AlbedoSamples
    openness: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class Visible:
    """What a level shows of the head: triangle (h, w) int32, barycentrics (h, w, 3), usable (h, w) bool: away from
    edges of what is seen, not from the side, and known in the photo. openness : (h, w) float32 factors of the shading.
    pixels_per_mm : of the face seen from the front.
    """

    triangle: np.ndarray
    barycentrics: np.ndarray
    usable: np.ndarray
    openness: np.ndarray
    pixels_per_mm: float


@dataclass(frozen=True, eq=False)
class NormalEquations:
    """J^T W J and J^T W (photo - model) over P geometry entries (`state.photo_layout`), the light's 27 and the albedo's
    coefficients: matrix (N, N), right (N,), in float64."""

    matrix: np.ndarray
    right: np.ndarray


class PhotometricTerm:
    """One head's triangles, kinds and albedo model; serves all views, levels and states.

    head : whole. template : its mesh with UVs. kinds : (T,) of `skin_mask.triangle_kinds`.
    """

    def __init__(self, head: PosableHead, template: Mesh, kinds: np.ndarray, albedo: AlbedoModel):
        self._head, self.albedo, self.kinds = head, albedo, kinds
        self._triangles = template.triangles
        self._faces = Faces(template.triangles, len(template.vertices))
        # Normals of the skin's vertices need all triangles around them.
        used = np.zeros(len(template.vertices), bool)
        used[template.triangles[kinds != NOTHING]] = True
        around = used[template.triangles].any(axis=1)
        near = np.zeros(len(template.vertices), bool)
        near[template.triangles[around]] = True
        self._used = np.flatnonzero(near)
        self._place = np.full(len(near), -1)
        self._place[self._used] = np.arange(len(self._used))
        self._around = self._place[template.triangles[around]]

    def visible(
        self, level: PictureLevel, view: ViewState, posed: Posed, openness: np.ndarray | None = None
    ) -> Visible:
        """What the level shows of the head in a state. openness : (V,) factors of the shading at the vertices, None in
        the open."""
        vertices = posed.vertices()
        points = self._screen_points(level, view, vertices)
        screen = level.screen
        raster = rasterise(points, self._faces, (screen.height, screen.width))
        triangle = raster.triangle[0].numpy()
        weights = barycentrics(points, raster)[0].numpy()
        usable = self._undisturbed(level, view, points, raster) & (level.weights > 0.0)
        kind = np.where(triangle >= 0, self.kinds[triangle], NOTHING)
        corners = vertices[self._triangles]
        flat = normalized(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
        facing = -np.einsum("td,td->t", flat, normalized(corners.mean(axis=1)))
        usable &= (minimum_filter(kind, 3) == maximum_filter(kind, 3)) & (kind != NOTHING)
        nearness = level.scale * view.focal / -vertices[self._used, 2].mean()
        usable &= facing[triangle] > _LEAST_FACING
        if openness is None:
            openness = np.ones(len(vertices))
        opened = np.einsum("hwk,hwk->hw", weights, openness[self._triangles[triangle]]).astype(np.float32)
        return Visible(triangle, weights, usable, opened, float(nearness))

    def samples(
        self,
        level: PictureLevel,
        visible: Visible,
        weights: np.ndarray,
        model: np.ndarray | None = None,
        kind: int = SKIN,
        limit: int = _MOST_SAMPLES,
    ) -> SurfaceSamples:
        """The usable pixels of a kind, at most `limit` of them evenly spread.

        weights : (h, w), on top of the level's. model : (h, w, 3) picture of the model in this state, whose slopes are
        averaged with the photo's; None takes the photo's alone."""
        chosen = visible.usable & (self.kinds[visible.triangle] == kind)
        pixels = np.flatnonzero(chosen)
        pixels = pixels[:: max(1, -(-len(pixels) // limit))] if len(pixels) > limit else pixels
        slopes = level.slopes.reshape(-1, 3, 2)[pixels]
        if model is not None:
            slopes = 0.5 * (slopes + picture_slopes(model).reshape(-1, 3, 2)[pixels])
        triangles = visible.triangle.reshape(-1)[pixels]
        order = np.argsort(triangles, kind="stable")
        pixels, triangles = pixels[order], triangles[order]
        places = visible.barycentrics.reshape(-1, 3)[pixels]
        share = np.count_nonzero(chosen) / max(len(pixels), 1)
        counts = share * (weights * level.weights).reshape(-1)[pixels]
        return SurfaceSamples(
            pixels,
            triangles,
            places,
            level.pixels.reshape(-1, 3)[pixels],
            slopes[order],
            self.albedo.sample(triangles, places, self.albedo.level(visible.pixels_per_mm)),
            visible.openness.reshape(-1)[pixels],
            counts.astype(np.float32),
        )

    def away_from(self, samples: SurfaceSamples, posed: Posed, places: np.ndarray, reach: float) -> SurfaceSamples:
        """The samples, of which those within `reach` mm of (N, 3) places in the upright camera frame count nothing."""
        points = self._interpolated(posed.vertices(self._used), samples.triangles, samples.barycentrics)
        near = (np.linalg.norm(points[:, None] - places, axis=2) < reach).any(axis=1)
        return replace(samples, weights=np.where(near, np.float32(0.0), samples.weights))

    def picture(
        self,
        level: PictureLevel,
        visible: Visible,
        posed: Posed,
        light: np.ndarray,
        coefficients: np.ndarray,
    ) -> np.ndarray:
        """(h, w, 3) float32 of the model where skin, eyes and mouth are seen; elsewhere the photo."""
        shown = (visible.triangle >= 0) & (self.kinds[visible.triangle] != NOTHING)
        triangles, weights = visible.triangle[shown], visible.barycentrics[shown]
        albedo = self.albedo.colours(coefficients, triangles, weights, self.albedo.level(visible.pixels_per_mm))
        normals = self._normals(posed)
        shading = light_basis(self._interpolated_normals(normals, triangles, weights)[0]) @ light.astype(np.float32)
        picture = level.pixels.copy()
        picture[shown] = albedo * shading * visible.openness[shown][:, None]
        return picture

    def residuals(
        self, level: PictureLevel, samples: SurfaceSamples, view: ViewState, posed: Posed, coefficients: np.ndarray
    ) -> np.ndarray:
        """(N, 3) float32 model - photo at the samples' points, wherever a state puts them."""
        vertices = posed.vertices(self._used)
        points = self._interpolated(vertices, samples.triangles, samples.barycentrics)
        places = level.screen.project(points, level.scale * view.focal)
        normals, _ = self._vertex_normals(vertices)
        normal, _ = self._interpolated_normals(normals, samples.triangles, samples.barycentrics)
        shading = samples.openness[:, None] * (light_basis(normal) @ view.light.astype(np.float32))
        return samples.albedo.colours(coefficients) * shading - level.at(places)

    def normal_equations(
        self,
        level: PictureLevel,
        samples: SurfaceSamples,
        view: ViewState,
        posed: Posed,
        coefficients: np.ndarray,
        shape: bool = True,
    ) -> NormalEquations:
        """Gauss-Newton over geometry, light and albedo at the state in which the samples were taken.

        shape : False leaves the geometry's entries zero, in a quarter of the time."""
        vertices = posed.vertices(self._used)
        normals, lengths = self._vertex_normals(vertices)
        points = self._interpolated(vertices, samples.triangles, samples.barycentrics)
        normal, length = self._interpolated_normals(normals, samples.triangles, samples.barycentrics)
        basis = samples.openness[:, None] * light_basis(normal)
        light = view.light.astype(np.float32)
        shading = basis @ light
        albedo = samples.albedo.colours(coefficients)
        error = samples.colours - albedo * shading

        focal = level.scale * view.focal
        offsets = (level.screen.project(points, focal) - level.screen.centre).astype(np.float32)
        by_focal = -np.einsum("ncs,ns->nc", samples.slopes, offsets)
        by_both = both = None
        count = step_size(self._head)
        total = count + LIGHT_COUNT + self.albedo.count
        matrix, right = np.zeros((total, total)), np.zeros(total)
        moving = count - 1
        if shape:
            slopes = level.screen.slopes(points, focal)
            by_point = -np.einsum("ncs,nsd->ncd", samples.slopes, slopes, optimize=True)
            bent = samples.openness[:, None, None] * shading_slopes(normal, light)
            bent -= np.einsum("ncd,nd->nc", bent, normal)[..., None] * normal[:, None]
            by_normal = (albedo / length[:, None])[..., None] * bent
            by_both = np.concatenate([by_point, by_normal], axis=2).astype(np.float32)
            both = self._motions(posed, normals, lengths)
            matrix[:moving, :moving] = both.T @ (self._summed(samples, by_both) @ both)
        for colour in range(3):
            columns = np.concatenate(
                [
                    by_focal[:, colour, None] * shape,
                    albedo[:, colour, None] * basis,
                    shading[:, colour, None] * samples.albedo.components[:, colour],
                    shading[:, colour, None] * samples.albedo.regions,
                ],
                axis=1,
            )
            where = self._colour_entries(colour, count)
            weighted = samples.weights[:, None] * columns
            matrix[np.ix_(where, where)] += columns.T @ weighted
            right[where] += weighted.T @ error[:, colour]
            if shape:
                stacked = np.column_stack([weighted, samples.weights * error[:, colour]])
                crossed = both.T @ (self._spread(samples, by_both[:, colour]) @ stacked)
                matrix[:moving, where] += crossed[:, :-1]
                right[:moving] += crossed[:, -1]
        matrix[moving:, :moving] = matrix[:moving, moving:].T
        return NormalEquations(matrix, right)

    def albedo_equations(self, samples: SurfaceSamples, shading: np.ndarray) -> NormalEquations:
        """Of the albedo's coefficients alone, from zero, under (N, 3) shading."""
        matrix, right = np.zeros((self.albedo.count,) * 2), np.zeros(self.albedo.count)
        for colour in range(3):
            columns = shading[:, colour, None] * np.concatenate(
                [samples.albedo.components[:, colour], samples.albedo.regions], axis=1
            )
            where = self._colour_entries(colour, 0)[BANDS + 1 :] - LIGHT_COUNT
            weighted = samples.weights[:, None] * columns
            matrix[np.ix_(where, where)] += columns.T @ weighted
            right[where] += weighted.T @ (samples.colours - shading * samples.albedo.mean)[:, colour]
        return NormalEquations(matrix, right)

    def shading(self, samples: SurfaceSamples, posed: Posed, light: np.ndarray) -> np.ndarray:
        """(N, 3) float32 at the samples."""
        normal, _ = self._interpolated_normals(self._normals(posed), samples.triangles, samples.barycentrics)
        return samples.openness[:, None] * (light_basis(normal) @ light.astype(np.float32))

    def _motions(self, posed: Posed, normals: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """(6n, P - 1) float32, how points (three rows) and normals (three) of the used vertices follow a step but for
        its focal length."""
        vertices, slopes = posed.derivatives(self._used)
        count = len(vertices)
        points = np.ascontiguousarray(slopes[:, :, :-1], np.float32).reshape(3 * count, -1)
        turning = self._normal_slopes(vertices, normals, lengths) @ points
        both = np.concatenate([points.reshape(count, 3, -1), turning.reshape(count, 3, -1)], axis=1)
        return both.reshape(6 * count, -1)

    def _colour_entries(self, colour: int, count: int) -> np.ndarray:
        """Which unknowns a colour's residuals see directly: focal length, light, components, its offsets."""
        first = count + LIGHT_COUNT
        components = self.albedo.component_count
        offsets = first + components + 3 * np.arange(self.albedo.region_count) + colour
        light = count + 3 * np.arange(BANDS) + colour
        return np.concatenate([[count - 1], light, first + np.arange(components), offsets])

    def _summed(self, samples: SurfaceSamples, by_both: np.ndarray) -> sp.csr_matrix:
        """(6n, 6n) sum over pixels and colours of outer products, over points and normals of the vertices."""
        squares = np.einsum("nci,ncj,n->nij", by_both, by_both, samples.weights, optimize=True).reshape(-1, 36)
        pairs = (samples.barycentrics[:, :, None] * samples.barycentrics[:, None]).reshape(-1, 9)
        starts = np.flatnonzero(np.diff(samples.triangles, prepend=-1))
        blocks = np.add.reduceat(pairs[:, :, None] * squares[:, None], starts, axis=0).reshape(-1, 3, 3, 6, 6)
        entries = 6 * self._place[self._triangles[samples.triangles[starts]]][:, :, None] + np.arange(6)
        rows = np.broadcast_to(entries[:, :, None, :, None], blocks.shape)
        columns = np.broadcast_to(entries[:, None, :, None, :], blocks.shape)
        size = 6 * len(self._used)
        return sp.csr_matrix((blocks.ravel(), (rows.ravel(), columns.ravel())), shape=(size, size))

    def _spread(self, samples: SurfaceSamples, by_both: np.ndarray) -> sp.csr_matrix:
        """(6n, N) one colour's derivatives by points and normals of the vertices."""
        values = samples.barycentrics[:, :, None] * by_both[:, None]
        entries = 6 * self._place[self._triangles[samples.triangles]][:, :, None] + np.arange(6)
        count = len(values)
        rows = sp.csr_matrix(
            (values.ravel(), entries.ravel(), np.arange(0, 18 * count + 1, 18)), shape=(count, 6 * len(self._used))
        )
        return rows.T.tocsr()

    def _screen_points(self, level: PictureLevel, view: ViewState, vertices: np.ndarray) -> torch.Tensor:
        places = level.screen.project(vertices, level.scale * view.focal)
        points = np.column_stack([places, -vertices[:, 2]]).astype(np.float32)
        return torch.from_numpy(points)[None]

    def _undisturbed(self, level: PictureLevel, view: ViewState, points: torch.Tensor, raster: Raster) -> np.ndarray:
        """(h, w) bool, whether a pixel's neighbours show the same surface."""
        distance = depth(points, raster)[0].numpy()
        covered = raster.covered[0].numpy()
        jump = maximum_filter(distance, 3) - minimum_filter(distance, 3)
        pixel = distance / (level.scale * view.focal)
        return minimum_filter(covered, 3) & (jump < 2.0 * _STEEPEST * pixel)

    def _interpolated(self, values: np.ndarray, triangles: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(N, 3) at surface points, of (n, 3) values at the used vertices."""
        return np.einsum("nk,nkd->nd", weights, values[self._place[self._triangles[triangles]]])

    def _normals(self, posed: Posed) -> np.ndarray:
        return self._vertex_normals(posed.vertices(self._used))[0]

    def _interpolated_normals(
        self, normals: np.ndarray, triangles: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(N, 3) float32 unit normals and (N,) their length before."""
        mixed = self._interpolated(normals.astype(np.float32), triangles, weights)
        length = np.maximum(np.linalg.norm(mixed, axis=1), 1e-9)
        return mixed / length[:, None], length

    def _vertex_normals(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, 3) unit normals of the used vertices, and (n,) the sums of doubled areas they come from."""
        a, b, c = np.moveaxis(vertices[self._around], 1, 0)
        cross = np.cross(b - a, c - a)
        sums = np.zeros_like(vertices)
        for corner in range(3):
            for axis in range(3):
                sums[:, axis] += np.bincount(self._around[:, corner], cross[:, axis], len(vertices))
        lengths = np.maximum(np.linalg.norm(sums, axis=1), 1e-9)
        return sums / lengths[:, None], lengths

    def _normal_slopes(self, vertices: np.ndarray, normals: np.ndarray, lengths: np.ndarray) -> sp.csr_matrix:
        """(3n, 3n) float32, how the unit normals follow the vertices."""
        a, b, c = np.moveaxis(vertices[self._around], 1, 0)
        # Of (b - a) x (c - a) by each corner: cross matrices of the edge opposite to it.
        edges = np.stack([c - b, a - c, b - a], axis=1)
        blocks = np.zeros((len(a), 3, 3, 3))
        x, y, z = np.moveaxis(edges, 2, 0)
        blocks[:, :, 0, 1], blocks[:, :, 0, 2], blocks[:, :, 1, 2] = -z, y, -x
        blocks[:, :, 1, 0], blocks[:, :, 2, 0], blocks[:, :, 2, 1] = z, -y, x
        # Every corner's normal follows all three corners.
        values = np.broadcast_to(blocks[:, None], (len(a), 3, 3, 3, 3))
        entries = 3 * self._around[:, :, None] + np.arange(3)
        rows = np.broadcast_to(entries[:, :, None, :, None], values.shape)
        columns = np.broadcast_to(entries[:, None, :, None, :], values.shape)
        size = 3 * len(vertices)
        sums = sp.csr_matrix((values.ravel(), (rows.ravel(), columns.ravel())), shape=(size, size))
        across = (np.eye(3) - normals[:, :, None] * normals[:, None]) / lengths[:, None, None]
        count = len(vertices)
        project = sp.bsr_matrix((across, np.arange(count), np.arange(count + 1)), shape=(size, size))
        return (project @ sums).tocsr().astype(np.float32)
