"""What photos show at the texels of a head: visibility, facing, and colours sampled at the right size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, minimum_filter

from ...mesh.adjacency import connected_components
from ...mesh.normals import normalized, vertex_normals
from ...render import Faces, depth, rasterise
from ...texture.atlas.layout import HeadLayout
from ...topologies import Topology
from .posed_photo import PosedPhoto
from .rendering import PhotoRender, shading_of
from .sampling import bilinear_weights, pixels_around, sample_picture
from .skin_mask import at_openings

# Pixels along the head's longer side in the picture of depths: enough for lips and nostrils to hide what they hide,
# whatever the photo's own size.
_DEPTH_PIXELS = (1024, 2048)
# A texel hides behind what is so much nearer, mm, and as much as a surface that faces away this much recedes in a
# pixel.
_BEHIND, _STEEPEST = 0.25, 3.0
# Depth jumps by more than this where one part of a head covers another, mm.
_JUMP = 4.0
# Colours this near to the outline may be the background's, mm, where nothing tells skin; and how wide they fade.
_EDGE, _EDGE_FADE = 0.5, 3.0
# A texel's neighbour in the photo lies this near to it: in steps from pixel to pixel in the layout, or in mm of depth.
_NEXT, _SAME_DEPTH = 3.0, 0.5
# And towards the picture's border, pixels.
_BORDER = 4.0
# Cosines between which surfaces turned away stop to be trusted: in pictures that are projected as they are, and where
# something tells skin, since then a texture model knows the sides better than pixels drawn out over them.
# Lips and lids hide nothing behind them.
_TURNED, _TURNED_SKIN, _TURNED_OPENINGS = (0.12, 0.35), (0.2, 0.5), 0.2


@dataclass(frozen=True, eq=False)
class SeenTexels:
    """How a photo shows the N texels of a layout, in the order of its covered ones.

    places : (N, 2) screen coordinates. own : (N, 4), which of the four pixels around them show the texel or one near it
    and how much they count; 0 throughout where the texel is hidden. facing : (N,) cosine between the surface and the
    direction to the camera. trust : (N,) 0..1, falling to 0 towards silhouettes and surfaces turned away.
    outline : (N,) mm in the photo to the head's outline. skin, known, hair : (N,) 0..1, the photo's weights, what of it is
    known, and its hair, with a pixel's margin; 1, 1 and 0 where it tells nothing.
    shading : (N, 3), what the albedo is multiplied by. scale : pixels of the photo in one texel. shape : (H, W) of the
    photo."""

    places: np.ndarray
    own: np.ndarray
    facing: np.ndarray
    trust: np.ndarray
    outline: np.ndarray
    skin: np.ndarray
    known: np.ndarray
    hair: np.ndarray
    shading: np.ndarray
    scale: float
    shape: tuple[int, int]

    def sample(self, pixels: np.ndarray) -> np.ndarray:
        """(N, C) of an (H, W, C) picture of the photo's size at the texels, averaged over what a texel shows; where
        something else begins beside it, of the texel's own pixels only. 0 where it is hidden."""
        result = np.zeros((len(self.places), pixels.shape[2]), np.float32)
        shown, partly, (row, column), weights = self._shown
        result[shown] = sample_picture(pixels, self.places[shown], self.scale)
        result[partly] = np.einsum("nk,nkc->nc", weights, pixels[row, column])
        return result

    @cached_property
    def _shown(self) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray], np.ndarray]:
        """Which texels are not hidden, and of these, which are beside something else: rows and columns of the pixels
        around them, and the weights of these."""
        total = self.own.sum(axis=1)
        partly = np.flatnonzero((total > 0.0) & (total < 1.0 - 1e-5))
        around = pixels_around(self.places[partly], self.shape)
        return np.flatnonzero(total > 0.0), partly, around, self.own[partly] / total[partly, None]


def seen_texels(photo: PosedPhoto, layout: HeadLayout, topology: Topology, render: PhotoRender) -> SeenTexels:
    """Where and how well the photo shows the texels of the layout. render : of the photo. Raises `InputError` when the
    head is not in the photo."""
    covered = layout.covered
    corners = layout.packed.triangles[layout.raster.triangle[covered]]
    weights = layout.raster.barycentrics[covered]
    vertices = photo.vertices.astype(np.float32)
    normals = vertex_normals(photo.vertices, layout.packed.triangles).astype(np.float32)
    points = np.einsum("nk,nkd->nd", weights, vertices[corners])
    normal = normalized(np.einsum("nk,nkd->nd", weights, normals[corners]))
    facing = -np.einsum("nd,nd->n", normal, normalized(points))
    projected = photo.projected(points)
    places, distance = projected[:, :2], projected[:, 2]
    scale = _scale(places, facing > 0.0, layout)
    seen, clear, outline = _unhidden(photo, layout, places, distance, facing)
    own = np.zeros((len(places), 4), np.float32)
    own[seen] = _own_pixels(render, layout, seen, places[seen], distance[seen], scale)
    height, width = photo.pixels.shape[:2]
    # Nothing is known of what lies beyond the picture's own edge.
    within = np.minimum(places, (width, height) - places).min(axis=1)
    shown = (own.sum(axis=1) > 0.0) * _smooth(within / _BORDER)
    # Of what lies inside (mouth, eyes) little is seen, and all of it beside an edge.
    inner = topology.no_match[layout.packed.triangles].any(axis=1)[layout.raster.triangle[covered]]
    clear = np.where(inner, 1.0, clear)
    turned, towards = _TURNED if photo.weights is None else _TURNED_SKIN
    trust = _smooth((facing - turned) / (towards - turned))
    openings = at_openings(topology)[layout.packed.triangles].all(axis=1)[layout.raster.triangle[covered]]
    trust = shown * clear * np.where(openings, _smooth(facing / _TURNED_OPENINGS), trust)
    shading = shading_of(photo.light, normal)
    if photo.openness is not None:
        shading = shading * np.einsum("nk,nk->n", weights, photo.openness[corners])[:, None]
    told = ((photo.weights, 1.0), (photo.known, 1.0), (photo.hair, 0.0))
    skin, known, hair = (
        np.full(len(places), untold, np.float32) if picture is None else _with_margin(picture, places)
        for picture, untold in told
    )
    return SeenTexels(places, own, facing, trust, outline, skin, known, hair, shading, scale, photo.pixels.shape[:2])


def _with_margin(weights: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(N,) 0..1 of (H, W) weights at (N, 2) places, none where a pixel beside has none."""
    return np.clip(sample_picture(minimum_filter(weights, 3)[..., None], places, 1.0)[:, 0], 0.0, 1.0)


def _unhidden(photo: PosedPhoto, layout: HeadLayout, places, distance, facing) -> tuple[np.ndarray, ...]:
    """(N,) bool whether texels are not hidden, (N,) 0..1 how clear they are of the edges of what covers them, and (N,)
    mm to the head's outline in the photo."""
    left, top, right, bottom = photo.box
    zoom = np.clip(1.0, *(pixels / max(right - left, bottom - top) for pixels in _DEPTH_PIXELS))
    width, height = int(np.ceil((right - left) * zoom)), int(np.ceil((bottom - top) * zoom))
    screen = (photo.screen - (left, top, 0.0)) * (zoom, zoom, 1.0)
    points = torch.from_numpy(screen.astype(np.float32))[None]
    raster = rasterise(points, Faces(layout.packed.triangles, len(photo.vertices)), (height, width))
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
    nearest = minimum_filter(np.where(empty, -np.inf, depths), 3)
    outline = _distance(~empty & np.isinf(nearest))[0][row, column] * pixel
    away, at = _distance(~empty & np.isfinite(nearest) & (depths - nearest > _JUMP))
    nearest_edge = at[0][row, column], at[1][row, column]
    # What covers another part is not mixed with it: its own colours end behind the edge.
    covers = depths[nearest_edge] - distance > _JUMP
    clear = _smooth(np.where(covers, np.inf, away[row, column] * pixel) / photo.millimetres)
    if photo.weights is None:
        # Pixels of the head know what they show; those at the outline may well show the background.
        clear *= _smooth((outline - max(_EDGE, photo.millimetres)) / max(_EDGE_FADE, 2.0 * photo.millimetres))
    return seen, clear, outline


def _distance(edge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) pixels from an (H, W) mask, inf when it is empty, and (2, H, W) row and column of the nearest in it."""
    if not edge.any():
        return np.full(edge.shape, np.inf), np.zeros((2, *edge.shape), np.int32)
    return distance_transform_edt(~edge, return_indices=True)


def _own_pixels(render: PhotoRender, layout: HeadLayout, which, places, distance, scale: float) -> np.ndarray:
    """(n, 4) what the pixels around the places of the n texels that `which` (N,) bool chooses count, 0 where they show
    something else."""
    height, width = layout.shape
    # Texel columns and rows, counted from the first one's centre.
    shown = render.uvs[0].numpy() * (width, -height) + (-0.5, height - 0.5)
    shown = np.where(render.covered[..., None], shown, np.inf).astype(np.float32)
    texels = np.argwhere(layout.covered)[which, ::-1].astype(np.float32)
    parts = connected_components(layout.packed)[layout.packed.triangles[:, 0]]
    shown_part, part = np.append(parts, -1)[render.triangle], parts[layout.raster.triangle[layout.covered][which]]
    row, column = pixels_around(places, render.covered.shape)
    weights = bilinear_weights(places).astype(np.float32)
    reach = _NEXT * max(1.0, 1.0 / scale)
    for corner in range(4):
        at = row[:, corner], column[:, corner]
        near = np.abs(shown[at] - texels).max(axis=1) < reach
        # Beside a seam of the layout lies another chart of the same part.
        beside = (shown_part[at] == part) & (np.abs(render.depth[at] - distance) < _SAME_DEPTH)
        weights[:, corner] *= near | beside
    return weights


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
