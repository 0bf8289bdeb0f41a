"""What photos show at the texels of a head: visibility, facing, and colours sampled at the right size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, minimum_filter

from ...errors import InputError
from ...mesh.normals import normalized, vertex_normals
from ...render import Faces, depth, rasterise, sh_basis
from ..texturing.layout import HeadLayout

# Pixels along the head's longer side in the picture of depths: enough for lips and nostrils to hide what they hide,
# whatever the photo's own size.
_DEPTH_PIXELS = (1024, 2048)
# A texel hides behind what is so much nearer, mm, and as much as a surface that faces away this much recedes in a
# pixel.
_BEHIND, _STEEPEST = 0.25, 3.0
# Depth jumps by more than this where one part of a head covers another, mm.
_JUMP = 4.0
# Colours this near to such an edge mix with what lies beyond, in pixels of the photo and mm; and how wide they fade.
_EDGE_PIXELS, _EDGE, _EDGE_FADE = 1.0, 0.5, 3.0
# Pixels kept around a head.
_MARGIN = 8
# Cosines between which surfaces turned away stop to be trusted.
_TURNED, _FACING = 0.12, 0.35


@dataclass(frozen=True, eq=False)
class PosedPhoto:
    """A photo and the head as it stands before the camera.

    pixels : (H, W, 3) float32 sRGB 0..1. vertices : (V, 3) mm in the upright frame of the camera, which sits at the
    origin: x to the right, y up, looking along -z. matrix : (3, 3) intrinsics K for screen coordinates (the first
    pixel's centre at (0.5, 0.5)). light : (9, 3) coefficients of `render.sh_basis` in this frame, or None where colours
    are the head's own. weights : (H, W), how far each pixel shows the head's own skin, 0..1, or None: all do.
    name : for messages. Raises `InputError` for wrong shapes and for heads that are not before the camera."""

    pixels: np.ndarray
    vertices: np.ndarray
    matrix: np.ndarray
    light: np.ndarray | None = None
    weights: np.ndarray | None = None
    name: str = "photo"

    def __post_init__(self):
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or not self.pixels.size:
            raise InputError(f"{self.name}: pixels should have shape (H, W, 3), not {self.pixels.shape}.")
        if self.weights is not None and self.weights.shape != self.pixels.shape[:2]:
            raise InputError(
                f"{self.name}: weights of shape {self.weights.shape} do not belong to a picture of "
                f"{self.pixels.shape[1]} x {self.pixels.shape[0]}."
            )
        if not np.isfinite(self.vertices).all() or not (self.vertices[:, 2] < 0.0).all():
            raise InputError(f"{self.name}: the head is not wholly before the camera; look at the camera's R and t.")

    @cached_property
    def screen(self) -> np.ndarray:
        """(V, 3) screen x, y and depth of the vertices."""
        return self.projected(self.vertices)

    def projected(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) screen x, y and depth (mm) of (N, 3) points in the camera's upright frame."""
        in_camera = points * (1.0, -1.0, -1.0)
        return np.column_stack([(in_camera @ self.matrix.T)[:, :2] / in_camera[:, 2:], in_camera[:, 2]])

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Columns and rows (left, top, right, bottom) of the photo between which the head lies; `InputError` when it
        is not in the picture."""
        height, width = self.pixels.shape[:2]
        low, high = self.screen[:, :2].min(axis=0), self.screen[:, :2].max(axis=0)
        left, top = np.clip(np.floor(low).astype(int) - 1, 0, (width, height))
        right, bottom = np.clip(np.ceil(high).astype(int) + 1, 0, (width, height))
        if right - left < 2 or bottom - top < 2:
            raise InputError(
                f"{self.name}: the head does not lie in this picture of {width} x {height}; look at the camera, and that "
                "the picture belongs to it."
            )
        return int(left), int(top), int(right), int(bottom)

    def around_head(self, most: int) -> PosedPhoto:
        """The part of the photo around the head, its longer side reduced to `most` pixels if it is larger."""
        height, width = self.pixels.shape[:2]
        left, top, right, bottom = self.box
        left, top = max(left - _MARGIN, 0), max(top - _MARGIN, 0)
        right, bottom = min(right + _MARGIN, width), min(bottom + _MARGIN, height)
        scale = min(1.0, most / max(right - left, bottom - top))
        size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
        across, down = size[0] / (right - left), size[1] / (bottom - top)
        crop = np.array([[across, 0.0, -across * left], [0.0, down, -down * top], [0.0, 0.0, 1.0]])

        def cut(picture):
            picture = np.ascontiguousarray(picture[top:bottom, left:right], np.float32)
            return picture if scale == 1.0 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)

        weights = None if self.weights is None else cut(self.weights)
        return PosedPhoto(cut(self.pixels), self.vertices, crop @ self.matrix, self.light, weights, self.name)

    @cached_property
    def millimetres(self) -> float:
        """How wide a pixel of the photo is at the head, mm."""
        return float(np.median(self.screen[:, 2]) / np.sqrt(abs(self.matrix[0, 0] * self.matrix[1, 1])))


@dataclass(frozen=True, eq=False)
class Sighting:
    """How a photo shows the N texels of a layout, in the order of its covered ones.

    places : (N, 2) screen coordinates. seen : (N,) bool, not hidden. facing : (N,) cosine between the surface and the
    direction to the camera. trust : (N,) 0..1, falling to 0 towards silhouettes and surfaces turned away.
    skin : (N,) 0..1, the photo's weights. shading : (N, 3), what the albedo is multiplied by.
    scale : pixels of the photo in one texel."""

    places: np.ndarray
    seen: np.ndarray
    facing: np.ndarray
    trust: np.ndarray
    skin: np.ndarray
    shading: np.ndarray
    scale: float

    def sample(self, pixels: np.ndarray) -> np.ndarray:
        """(N, C) of an (H, W, C) picture of the photo's size at the texels, averaged over what a texel shows."""
        return sample_picture(pixels, self.places, self.scale)


def sighting(photo: PosedPhoto, layout: HeadLayout) -> Sighting:
    """Where and how well the photo shows the texels of the layout. Raises `InputError` when the head is not in the
    photo."""
    covered = layout.covered
    corners = layout.laid.triangles[layout.raster.triangle[covered]]
    weights = layout.raster.barycentrics[covered]
    vertices = photo.vertices.astype(np.float32)
    normals = vertex_normals(photo.vertices, layout.laid.triangles).astype(np.float32)
    points = np.einsum("nk,nkd->nd", weights, vertices[corners])
    normal = normalized(np.einsum("nk,nkd->nd", weights, normals[corners]))
    facing = -np.einsum("nd,nd->n", normal, normalized(points))
    projected = photo.projected(points)
    places, distance = projected[:, :2], projected[:, 2]
    seen, clear = _unhidden(photo, layout, places, distance, facing)
    height, width = photo.pixels.shape[:2]
    # Nothing is known of what lies beyond the picture's own edge.
    within = np.minimum(places, (width, height) - places).min(axis=1)
    seen &= within > 0.0
    trust = seen * clear * _smooth(within / 4.0) * _smooth((facing - _TURNED) / (_FACING - _TURNED))
    skin = np.ones(len(places), np.float32)
    if photo.weights is not None:
        skin = np.clip(sample_picture(photo.weights.astype(np.float32)[..., None], places, 1.0)[:, 0], 0.0, 1.0)
    return Sighting(places, seen, facing, trust, skin, shading_of(photo.light, normal), _scale(places, seen, layout))


def shading_of(light: np.ndarray | None, normals: np.ndarray) -> np.ndarray:
    """(N, 3) float32 factors of the albedo at (N, 3) unit normals under (9, 3) light; 1 without light."""
    if light is None:
        return np.ones((len(normals), 3), np.float32)
    basis = sh_basis(torch.from_numpy(np.ascontiguousarray(normals, np.float32)))
    return (basis @ torch.from_numpy(np.asarray(light, np.float32))).numpy()


def sample_picture(pixels: np.ndarray, places: np.ndarray, scale: float) -> np.ndarray:
    """(N, C) float32 of an (H, W, C) float32 picture at (N, 2) screen coordinates: cubic interpolation, of a picture
    averaged first where one sample stands for `scale` > 1 pixels."""
    height, width = pixels.shape[:2]
    if scale > 1.0:
        small = (max(1, round(width / scale)), max(1, round(height / scale)))
        places = places * (small[0] / width, small[1] / height)
        pixels = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
    # OpenCV's maps are limited to 2^15 on a side.
    columns = 2**14
    count = len(places)
    rows = max(1, -(-count // columns))
    grid = np.zeros((rows * columns, 2), np.float32)
    # Remapping counts from the first pixel's centre.
    grid[:count] = places - 0.5
    grid = grid.reshape(rows, columns, 2)
    channels = pixels.shape[2]
    picture = cv2.remap(np.ascontiguousarray(pixels), grid, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return picture.reshape(-1, channels)[:count]


def _unhidden(photo: PosedPhoto, layout: HeadLayout, places, distance, facing) -> tuple[np.ndarray, np.ndarray]:
    """(N,) bool whether texels are not hidden, and (N,) 0..1 how clear they are of the edges of what covers them."""
    left, top, right, bottom = photo.box
    zoom = np.clip(1.0, *(pixels / max(right - left, bottom - top) for pixels in _DEPTH_PIXELS))
    width, height = int(np.ceil((right - left) * zoom)), int(np.ceil((bottom - top) * zoom))
    screen = (photo.screen - (left, top, 0.0)) * (zoom, zoom, 1.0)
    points = torch.from_numpy(screen.astype(np.float32))[None]
    raster = rasterise(points, Faces(layout.laid.triangles, len(photo.vertices)), (height, width))
    depths = depth(points, raster)[0].numpy()
    empty = ~raster.covered[0].numpy()
    depths[empty] = np.inf
    column, row = (
        np.clip(np.floor((places[:, axis] - start) * zoom).astype(np.int32), 0, size - 1)
        for axis, start, size in ((0, left, width), (1, top, height))
    )
    pixel = photo.millimetres / zoom
    steepness = np.sqrt(np.maximum(1.0 / np.maximum(facing, 1e-3) ** 2 - 1.0, 0.0))
    seen = (facing > 0.0) & (distance <= depths[row, column] + _BEHIND + pixel * np.minimum(steepness, _STEEPEST))
    # Beyond an edge lies the background, or something much nearer.
    nearest = minimum_filter(np.where(empty, -1.0, depths), 3)
    edge = ~empty & (depths - nearest > _JUMP)
    if not edge.any():
        return seen, np.ones(len(places), np.float32)
    away, (edge_row, edge_column) = distance_transform_edt(~edge, return_indices=True)
    nearest_edge = edge_row[row, column], edge_column[row, column]
    # What covers another part is not mixed with it: its own colours end behind the edge.
    covers = (depths[nearest_edge] - distance > _JUMP) & (nearest[nearest_edge] > 0.0)
    clear = np.where(covers, np.inf, away[row, column] * pixel)
    own = max(_EDGE, _EDGE_PIXELS * photo.millimetres)
    fade = max(_EDGE_FADE, 2.0 * photo.millimetres)
    return seen, _smooth((clear - own) / fade).astype(np.float32)


def _scale(places: np.ndarray, seen: np.ndarray, layout: HeadLayout) -> float:
    """Pixels in a texel, the mean over what is seen."""
    whole = np.full((*layout.shape, 2), np.nan, np.float32)
    whole[layout.covered] = np.where(seen[:, None], places, np.nan)
    along, down = np.diff(whole, axis=1)[:-1], np.diff(whole, axis=0)[:, :-1]
    area = np.abs(along[..., 0] * down[..., 1] - along[..., 1] * down[..., 0])
    # Steps from chart to chart are no size of a texel.
    return float(np.sqrt(np.nanmedian(area))) if np.isfinite(area).any() else 1.0


def _smooth(share: np.ndarray) -> np.ndarray:
    """Smooth steps of 0..1."""
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
