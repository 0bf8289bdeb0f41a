"""Pixels of several views that say where places of FLAME's head lie: each of them votes, and together they move the head.

A pixel's answer is off by some pixels of its image, evenly to all sides; in space it may be another fold of an ear. So a
vote is how far its ray passes from the place, across the ray. Votes have errors of Student's t distribution, whose width is
that of their view; what a whole patch of a view is off all views together is an error that its votes share, and weighs on
them however many they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.ndimage import distance_transform_edt

from ...linalg.cholesky import SparseCholesky
from ...mesh.interpolation import barycentric_rows
from ...mesh.normals import normalized, vertex_normals
from ...mesh.similarity import Similarity
from ...progress import Progress
from ...spatial import Surface
from ...topologies import load_builtin
from ..dense_images import DenseImage, surface_places
from ..photo.job import PhotoCamera
from .skin_field import skin_field

# So many pixels of a view vote, evenly spread.
_VOTES = 40000
# Cosine of the angle to the ray beyond which a place says little, and mm beyond which a ray passes by it.
_FACING, PASSES_BY = 0.3, 30.0
# Votes of places so many widths from the edge of what is valid hear all sides.
_INSIDE = 2.5
# Degrees of freedom of the errors: predictors fail by as much as they like. Their width is at least so many pixels.
_DEGREES, _LEAST_WIDTH = 4.0, 0.05
# Where rays are off by less than this (mm), they hit the scan as deep as the place lies; else next to it.
_DEPTH = 0.3
# Size of the motion at first and at least, mm, and rounds: the first ones find the widths.
_FIRST_SIZE, _LEAST_SIZE, _ROUNDS, _LEARNING = 5.0, 0.05, 10, 3
# Fewer votes around a vertex say nothing of what they share.
_PATCH, _PATCHES = 5.0, 20
# Normals of the image and of the scan that differ more (cosine) belong to a pixel that was not understood.
_ALIKE = 0.7
# The median of a square of two normal values.
_MEDIAN_SQUARE = 2.0 * np.log(2.0)


@dataclass(frozen=True, eq=False)
class DenseView:
    """An image of a view of the scan; camera : in the scan's frame and unit."""

    image: DenseImage
    camera: PhotoCamera


@dataclass(frozen=True, eq=False)
class Rays:
    """The valid pixels of a view in canonical mm: N places of FLAME's head (vertices `corners` (N, 3), `weights` (N, 3)),
    (N, 3) unit `directions` from (3,) `centre`, and `points` (N, 3) where they hit the scan."""

    view: DenseView
    corners: np.ndarray
    weights: np.ndarray
    directions: np.ndarray
    centre: np.ndarray
    points: np.ndarray

    @classmethod
    def of(cls, view: DenseView, scan: Surface, pose: Similarity) -> Rays:
        """pose : from canonical millimetres to the scan's frame and unit."""
        image, camera, back = view.image, view.camera, pose.inverse()
        rows, columns = np.nonzero(image.valid)
        step = max(1, len(rows) // _VOTES)
        rows, columns = rows[::step], columns[::step]
        places, there = surface_places(image.uvs[rows, columns])
        pixels = np.stack([columns + 0.5, rows + 0.5, np.ones(len(rows))], axis=1)
        turned = pixels @ np.linalg.inv(camera.matrix).T @ camera.rotation
        centre = back.apply((-camera.rotation.T @ camera.translation)[None])[0]
        directions = normalized(turned @ pose.rotation)
        hits = scan.cast(np.broadcast_to(centre, directions.shape), directions)
        good = there & hits.hit
        if image.normals is not None:
            seen = normalized(image.normals[rows, columns] * (1.0, -1.0, -1.0) @ camera.rotation) @ pose.rotation
            good &= np.abs(np.einsum("nd,nd->n", seen, scan.triangle_normals()[hits.triangles])) > _ALIKE
        chosen = places.subset(np.flatnonzero(good))
        return cls(view, chosen.vertices, chosen.weights, directions[good], centre, hits.points[good])

    def places(self, head: np.ndarray) -> np.ndarray:
        """(N, 3) where the places lie on a head of (V, 3) vertices."""
        return np.einsum("nk,nkd->nd", self.weights, head[self.corners])


@dataclass(frozen=True, eq=False)
class Votes:
    """N votes on a head. rows : (N, K) of the field's vertices; across : (N, 3) mm from the place to its ray, `rays` (N, 3) its
    unit direction, and depth (N,) mm along it to the scan. pixel : (N,) mm; view : (N,) its number; inside : (N,) pixels from
    the place to the edge of what is valid; nearest : (N,) the vertex next to it."""

    rows: sp.csr_matrix
    across: np.ndarray
    rays: np.ndarray
    depth: np.ndarray
    pixel: np.ndarray
    view: np.ndarray
    inside: np.ndarray
    nearest: np.ndarray

    @classmethod
    def on(cls, head: np.ndarray, views: Sequence[Rays], pose: Similarity) -> Votes:
        """head : (V, 3) FLAME's vertices on the scan, canonical mm."""
        field, parts = skin_field(), []
        normals = vertex_normals(head, load_builtin("flame").triangles)
        for number, rays in enumerate(views):
            places, camera = rays.places(head), rays.view.camera
            to_ray = rays.centre - places
            across = to_ray - rays.directions * np.einsum("nd,nd->n", to_ray, rays.directions)[:, None]
            facing = np.einsum("nd,nd->n", normalized(rays.places(normals)), normalized(to_ray))
            covered = (field.place[rays.corners] >= 0).all(axis=1)
            kept = covered & (facing > _FACING) & (np.linalg.norm(across, axis=1) < PASSES_BY)
            depth = np.einsum("nd,nd->n", rays.points - places, rays.directions)
            pixel = np.linalg.norm(to_ray, axis=1) / camera.matrix[0, 0]
            inside = _inside(rays.view, pose.apply(places))
            corners, weights = field.place[rays.corners[kept]], rays.weights[kept]
            nearest = corners[np.arange(len(corners)), weights.argmax(axis=1)]
            whose = np.full(len(corners), number)
            parts.append((corners, weights, across[kept], rays.directions[kept], depth[kept], pixel[kept], whose, inside[kept], nearest))  # fmt: skip
        corners, weights, *others = (np.concatenate(part) for part in zip(*parts, strict=True))
        return cls(barycentric_rows(corners, weights, len(field.vertices)).tocsr(), *others)

    def motion(self, progress: Progress = Progress()) -> np.ndarray:
        """(K, 3) mm, how the field's vertices move by what the votes say together: the likeliest field, by its size around
        each vertex, which is found with it (empirical Bayes)."""
        field, transposed = skin_field(), self.rows.T.tocsr()
        motion, sizes = np.zeros((self.rows.shape[1], 3)), np.full(self.rows.shape[1], _FIRST_SIZE)
        squared = self.pixel**2
        for step in range(_ROUNDS):
            progress.report(step / _ROUNDS, "Asking the dense images")
            moved = self.rows @ motion
            along = np.einsum("nd,nd->n", moved, self.rays)
            errors = self.across - moved + self.rays * along[:, None]
            widths = self._widths((errors**2).sum(axis=1) / squared)
            trust = (_DEGREES + 2.0) / (_DEGREES + (errors**2).sum(axis=1) / (squared * widths**2))
            if step >= _LEARNING:
                trust = trust * (self.inside > _INSIDE * widths)
            shared = self._shared(errors, trust, widths) if step >= _LEARNING else 0.0
            weights = trust / (squared * (widths**2 + shared))
            spread = widths * self.pixel
            deep = 1.0 / (1.0 + (spread / _DEPTH) ** 2) / (1.0 + ((self.depth - along) / (_DEPTH + spread)) ** 2) ** 2
            factor = SparseCholesky(field.precision(sizes) + transposed @ sp.diags(weights) @ self.rows)
            # What a ray does not tell, how deep, is taken as it was (majorise and minimise).
            for _ in range(3):
                along = np.einsum("nd,nd->n", self.rows @ motion, self.rays)
                told = self.across + self.rays * (deep * self.depth + (1.0 - deep) * along)[:, None]
                motion = factor.solve(transposed @ (weights[:, None] * told))
            if step >= 2:
                sizes = np.maximum(field.sizes(motion), _LEAST_SIZE)
        return motion

    def _widths(self, squares: np.ndarray) -> np.ndarray:
        """(N,) pixels, how wide the errors of each vote's view are."""
        widths = np.full(self.view.max() + 1, _LEAST_WIDTH)
        for number in np.unique(self.view):
            median = float(np.median(squares[self.view == number]))
            widths[number] = max(np.sqrt(median / _MEDIAN_SQUARE), _LEAST_WIDTH)
        return widths[self.view]

    def _shared(self, errors: np.ndarray, trust: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """(N,) pixels^2 that a vote's variance is larger for what the votes of its view around its vertex are off together
        (the method of moments of random effects; DerSimonian and Laird, "Meta-analysis in clinical trials", 1986)."""
        views = int(self.view.max()) + 1
        patch = self.nearest * views + self.view
        count = np.bincount(patch, trust, minlength=self.rows.shape[1] * views)
        means = np.stack(
            [np.bincount(patch, trust * part / self.pixel, minlength=len(count)) for part in errors.T], axis=1
        )
        means /= np.maximum(count, 1e-9)[:, None]
        between = np.zeros(views)
        own = np.zeros(views)
        own[self.view] = widths**2
        for number in range(views):
            of_view = np.arange(number, len(count), views)
            of_view = of_view[count[of_view] > _PATCH]
            if len(of_view) >= _PATCHES:
                more = (means[of_view] ** 2).sum(axis=1) / _MEDIAN_SQUARE - own[number] / count[of_view]
                between[number] = max(float(np.median(more)), 0.0)
        return count[patch] * between[self.view]


def _inside(view: DenseView, points: np.ndarray) -> np.ndarray:
    """(N,) pixels from where a view sees (N, 3) points, in its camera's frame of the world, to the edge of what is valid,
    which the image's own edge is, too."""
    camera = view.camera
    seen = (points @ camera.rotation.T + camera.translation) @ camera.matrix.T
    depth = distance_transform_edt(np.pad(view.image.valid, 1))[1:-1, 1:-1]
    column, row = np.clip(
        np.floor(seen[:, :2] / seen[:, 2:]).astype(int).T, 0, np.array([[camera.width - 1], [camera.height - 1]])
    )
    return depth[row, column]
