"""Dense images as terms of a fit to photos: pixels whose place on the head is known, and surfaces whose normal is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ...errors import InputError
from ...mesh.normals import triangle_cross
from ...spatial import Surface
from ...topologies import Landmarks
from ..dense_images import DenseImage, surface_places
from ..posable import PosableHead, Posed
from .landmark_term import landmark_derivatives, landmark_points
from .state import ViewState
from .view import Screen

# So many pixels are looked at, evenly spread; as errors of neighbours are alike, they say as much as so many alone.
_PIXELS, _INDEPENDENT = 900, 150
# Degrees of freedom of the errors: predictors fail by as much as they like.
_DEGREES = 4.0
# The errors' deviation at least, in pixels and as a share of the head's extent in the image, and of normals.
_LEAST_PIXELS, _LEAST_SHARE, _NORMAL_SIGMA = 0.5, 0.002, 0.15
# A predictor that is this far off (share of the head's extent, and degrees; median) was asked about another picture.
_WRONG, _WRONG_ANGLE = 0.12, 50.0


# So many pixels are asked about landmarks. Those whose places lie within so many mm of a landmark's, at least so many, say
# where it is; so many landmarks that they tell of are compared. Of images of the photo they are 0.02 to 0.06 of the
# landmarks' extent off, of wrong ones 0.11 and more.
_LOOKED_AT, _BESIDE, _SOME, _COMPARED, _OFF = 20000, 5.0, 3, 8, 0.1


@dataclass(frozen=True, eq=False)
class DenseTerm:
    """landmarks : N places on the head; targets : (N, 2) the pixels that see them. sigma : of their error, pixels.
    weights : (N,), set by `followed`. name, extent : of the image, for messages, and of the head in it, pixels."""

    screen: Screen
    landmarks: Landmarks
    targets: np.ndarray
    sigma: float
    weights: np.ndarray
    name: str
    extent: float

    @classmethod
    def of(cls, image: DenseImage, screen: Screen) -> DenseTerm:
        """The term of an image with UVs of the whole picture that `screen` is."""
        rows, columns = _spread(image.valid)
        places, there = surface_places(image.uvs[rows, columns])
        chosen = np.flatnonzero(there)
        pixels = np.stack([columns, rows], axis=1)[chosen] + 0.5
        extent = float(np.ptp(pixels, axis=0).max())
        sigma = max(_LEAST_PIXELS, 5.0 * _LEAST_SHARE * extent)
        return cls(screen, places.subset(chosen), pixels, sigma, np.ones(len(chosen)), image.name, extent)

    def followed(self, view: ViewState, posed: Posed) -> DenseTerm:
        """The same term with weights and deviation by the errors that the state has (Student's t)."""
        apart = np.linalg.norm(self._residual(view, posed), axis=1)
        sigma = max(_LEAST_PIXELS, _LEAST_SHARE * self.extent, float(np.median(apart)) / 1.18)
        return replace(self, sigma=sigma, weights=(_DEGREES + 2.0) / (_DEGREES + (apart / sigma) ** 2))

    def check(self, view: ViewState, posed: Posed) -> None:
        """Raise `InputError` where the image cannot be one of this photo."""
        median = float(np.median(np.linalg.norm(self._residual(view, posed), axis=1)))
        if median > _WRONG * self.extent:
            raise InputError(
                f"{self.name}: its UVs lie {median:.0f} pixels (median) from the head that landmarks and the other pictures "
                "show; it is of another photo, or its channels are exchanged or upside down."
            )

    def cost(self, view: ViewState, posed: Posed) -> float:
        """See `problem.Term`."""
        return float(self._scale @ (self._residual(view, posed) ** 2).sum(axis=1))

    def normal_equations(self, view: ViewState, posed: Posed) -> tuple[np.ndarray, np.ndarray, float]:
        """See `problem.Term`."""
        places, slopes = self.screen.linearised(view, *landmark_derivatives(posed, self.landmarks))
        return _equations(self.targets - places, slopes, self._scale)

    def _residual(self, view: ViewState, posed: Posed) -> np.ndarray:
        return self.targets - self.screen.project(landmark_points(posed, self.landmarks), view.focal)

    @property
    def _scale(self) -> np.ndarray:
        return self.weights * (min(1.0, _INDEPENDENT / len(self.weights)) / self.sigma**2)


@dataclass(frozen=True, eq=False)
class NormalTerm:
    """triangles : (N, 3) vertices of the triangles that the pixels see; targets : (N, 3) the normals there. weights :
    (N,), set with the triangles by `followed`. pixels : (N, 2); faces : (T, 3) of the head; normals, name : the image's.
    """

    screen: Screen
    pixels: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    triangles: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    name: str

    @classmethod
    def of(cls, image: DenseImage, screen: Screen, faces: np.ndarray) -> NormalTerm:
        """The term of an image with normals of the whole picture that `screen` is; nothing is seen yet."""
        rows, columns = _spread(image.valid)
        none = np.zeros((0, 3))
        pixels = np.stack([columns, rows], axis=1) + 0.5
        return cls(screen, pixels, image.normals[rows, columns], faces, none.astype(int), none, np.zeros(0), image.name)

    def followed(self, view: ViewState, posed: Posed) -> NormalTerm:
        """The same term with the triangles that the pixels see in the state, and weights by their errors."""
        vertices = posed.vertices()
        directions = np.column_stack(
            [(self.pixels - self.screen.centre) * (1.0, -1.0) / view.focal, np.full(len(self.pixels), -1.0)]
        )
        hits = Surface(vertices, self.faces).cast(np.zeros_like(directions), directions)
        seen = np.flatnonzero(hits.hit)
        triangles, targets = self.faces[hits.triangles[seen]], self.normals[seen]
        apart = np.linalg.norm(targets - _facet_normals(vertices[triangles])[0], axis=1) / _NORMAL_SIGMA
        return replace(self, triangles=triangles, targets=targets, weights=(_DEGREES + 3.0) / (_DEGREES + apart**2))

    def check(self, view: ViewState, posed: Posed) -> None:
        """Raise `InputError` where the image cannot be one of this photo."""
        found = _facet_normals(posed.vertices(self.triangles.ravel()).reshape(-1, 3, 3))[0]
        angle = float(np.degrees(np.median(np.arccos(np.clip((found * self.targets).sum(axis=1), -1.0, 1.0)))))
        if angle > _WRONG_ANGLE:
            raise InputError(
                f"{self.name}: its normals are {angle:.0f} degrees (median) off those of the head that landmarks show; it is of "
                "another photo, or its axes are others than right, up and towards the camera."
            )

    def cost(self, view: ViewState, posed: Posed) -> float:
        """See `problem.Term`."""
        found = _facet_normals(posed.vertices(self.triangles.ravel()).reshape(-1, 3, 3))[0]
        return float(self._scale @ ((self.targets - found) ** 2).sum(axis=1))

    def normal_equations(self, view: ViewState, posed: Posed) -> tuple[np.ndarray, np.ndarray, float]:
        """See `problem.Term`."""
        corners, slopes = posed.derivatives(self.triangles.ravel())
        corners, slopes = corners.reshape(-1, 3, 3), slopes.reshape(len(self.triangles), 3, 3, -1)
        found, length = _facet_normals(corners)
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        # The cross product's derivative, and of its length what is across.
        moved = np.cross(slopes[:, 1] - slopes[:, 0], second[..., None], axis=1)
        moved += np.cross(first[..., None], slopes[:, 2] - slopes[:, 0], axis=1)
        moved -= found[..., None] * np.einsum("nd,ndp->np", found, moved)[:, None]
        # Focal length and place turn no surface.
        moved[..., -1] = 0.0
        return _equations(self.targets - found, moved / length[:, None, None], self._scale)

    @property
    def _scale(self) -> np.ndarray:
        count = max(len(self.weights), 1)
        return self.weights * (min(1.0, _INDEPENDENT / count) / _NORMAL_SIGMA**2)


def dense_terms(image: DenseImage | None, screen: Screen, head: PosableHead, faces: np.ndarray) -> tuple:
    """The terms of a photo's dense image: `DenseTerm`, `NormalTerm`, both or neither.

    Raises `InputError` where the head is not of FLAME's topology, and the image not of the photo's size."""
    if image is None:
        return ()
    image.check_size(screen.width, screen.height, "the photo")
    if head.key != "flame":
        raise InputError(
            f"{image.name}: dense images are of FLAME's head, not of {head.label}; choose the model flame."
        )
    terms = () if image.uvs is None else (DenseTerm.of(image, screen),)
    return terms if image.normals is None else (*terms, NormalTerm.of(image, screen, faces))


def check_by_landmarks(
    image: DenseImage | None, landmarks: Landmarks, points: np.ndarray, template: np.ndarray
) -> None:
    """Raise `InputError` where an image with UVs has the places of N landmarks beside their (N, 2) pixels.

    It needs no fit, which would follow the image as far as it can. template : (V, 3) FLAME's head, mm."""
    if image is None or image.uvs is None:
        return
    rows, columns = np.nonzero(image.valid)
    step = max(1, len(rows) // _LOOKED_AT)
    rows, columns = rows[::step], columns[::step]
    places, there = surface_places(image.uvs[rows, columns])
    pixels = np.stack([columns, rows], axis=1)[there] + 0.5
    tree = cKDTree(places.subset(np.flatnonzero(there)).evaluate(template))
    near = tree.query_ball_point(landmarks.evaluate(template), _BESIDE)
    apart = [
        np.linalg.norm(np.median(pixels[chosen], axis=0) - point)
        for chosen, point in zip(near, points, strict=True)
        if len(chosen) >= _SOME
    ]
    extent = float(np.ptp(points, axis=0).max())
    if len(apart) >= _COMPARED and (off := float(np.median(apart))) > _OFF * extent:
        raise InputError(
            f"{image.name}: it has the face's landmarks {off:.0f} pixels (median) beside where they are in the photo; it is of "
            "another photo, shifted or mirrored, or its channels are exchanged."
        )


def _facet_normals(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) unit normals of (N, 3, 3) triangles, and (N,) twice their areas."""
    crossed = triangle_cross(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3))
    length = np.maximum(np.linalg.norm(crossed, axis=1), 1e-9)
    return crossed / length[:, None], length


def _equations(residual: np.ndarray, slopes: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """J^T W J, J^T W r and r^T W r of residuals (N, D), slopes (N, D, P) and a weight for each of N."""
    rows = slopes.reshape(-1, slopes.shape[2])
    weighted = np.repeat(scale, residual.shape[1])[:, None] * rows
    flat = residual.reshape(-1)
    return rows.T @ weighted, weighted.T @ flat, float(scale @ (residual**2).sum(axis=1))


def _spread(valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of about `_PIXELS` valid pixels on a grid."""
    step = max(1, int(np.sqrt(np.count_nonzero(valid) / _PIXELS)))
    on_grid = np.zeros(valid.shape, bool)
    on_grid[step // 2 :: step, step // 2 :: step] = True
    return np.nonzero(valid & on_grid)
