"""Baking: for every texel of a UV layout the source image is sampled where the texel's surface point lies in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from ..device import warp_device
from ..errors import InputError
from ..images import Image
from ..memory import check_memory
from ..mesh.uv_layout import signed_areas
from ..progress import Progress
from ..spatial.rasterise import UvRasteriser
from ..spatial.rows import bands, launch_on_rows
from .job import BakeSettings
from .nearest import COLOURED, EMPTY, WANTING, fill_nearest
from .pieces import cut_triangle, piece_at
from .sampling import encode, in_texels, levels_needed, sample_footprint, sampling_arguments
from .texture import Levels, Texture

Tile = tuple[int, int]

_COLOURED = wp.constant(wp.uint8(COLOURED))
_WANTING = wp.constant(wp.uint8(WANTING))
_EMPTY = wp.constant(wp.uint8(EMPTY))
# Per texel of the output: float channels, states, row offsets, mask; raster bands come and go.
_BYTES_BESIDE_CHANNELS = 8


@dataclass
class BakedTile:
    """One tile of a bake.

    image : the picture, encoded as the source.
    mask : (H, W) uint8, 255 where a triangle covers the texel's centre, else 0.
    covered, covered_twice, sampled : texels covered, covered by more than one triangle, and with a place on a source
        image.
    """

    image: Image
    mask: np.ndarray
    covered: int
    covered_twice: int
    sampled: int


def bake(
    target_uvs: np.ndarray,
    source_uvs: np.ndarray,
    images: dict[Tile, Image],
    settings: BakeSettings,
    matched: np.ndarray | None = None,
    source_layout: np.ndarray | None = None,
    progress: Progress | None = None,
) -> dict[Tile, BakedTile]:
    """Bake images from one UV layout to another; one picture for every tile the target's triangles lie in with their
    centres.

    target_uvs : (T, 3, 2), the layout to bake to.
    source_uvs : (T, 3, 2), where the same corners lie in the images' layout, or (T, N * N, 3, 2), the same for the
        pieces of triangles whose sides are cut into N parts, in the order of `pieces.cut_triangle`.
    images : a picture per tile (u, v) of the source, all with the same channels, encoding and bit depth.
    matched : (T,) or (T, N * N) bool, triangles or pieces that have a place on the source; None: all.
    source_layout : (S, 3, 2), the source mesh's own UV triangles: texels they do not cover are background and lend no
        colour; None: every texel counts.

    Texels whose place is no covered part of an image (no counterpart on the source) take the colour of the nearest
    texel that has one. Raises `InputError` when the images differ in kind or the size does not fit in memory.
    """
    progress = progress or Progress()
    device = warp_device(settings.device)
    target_uvs = np.asarray(target_uvs, dtype=np.float64).reshape(-1, 3, 2)
    source_uvs = np.asarray(source_uvs, dtype=np.float64)
    if source_uvs.ndim == 3:
        source_uvs = source_uvs[:, None]
    matched = np.ones(source_uvs.shape[:2], bool) if matched is None else matched.reshape(source_uvs.shape[:2])
    template = _common_kind(images)
    weights, pieces = cut_triangle(round(source_uvs.shape[1] ** 0.5))
    target_pieces = np.einsum("pk,tkd->tpd", weights, target_uvs)[:, pieces]
    footprints = _footprints(target_pieces, source_uvs, settings.size)
    source_tiles, target_tiles = _tiles_of(source_uvs), _tiles_of(target_uvs)
    occupied = list(map(tuple, np.unique(target_tiles[signed_areas(target_uvs) != 0.0], axis=0).tolist()))
    _check_size(settings.size, len(occupied), template.channels)
    textures = {}
    for tile, image in sorted(images.items()):
        chosen = matched & (source_tiles == tile).all(axis=2)
        if chosen.any():
            scale = np.array([image.width, -image.height], dtype=np.float64)
            scaled = footprints * scale[:, None]
            texture = Texture(image, source_layout, tile, levels_needed(scaled[chosen]), device, progress)
            textures[tile] = (texture, chosen, scaled)
    baked = {}
    for number, tile in enumerate(occupied):
        own = (target_tiles == tile).all(axis=1)
        baker = _TileBaker(target_uvs[own], tile, template, settings, device)
        for source_tile, (texture, chosen, scaled) in textures.items():
            baker.add(texture, source_uvs[own] - source_tile, scaled[own], chosen[own])
        baked[tile] = baker.run(progress, number / len(occupied), 1.0 / len(occupied))
    return baked


def _common_kind(images: dict[Tile, Image]) -> Image:
    """One image that stands for the kind of all."""
    if not images:
        raise InputError("There is no image to bake; name one.")
    first, *others = images.values()
    for other in others:
        if (other.channels, other.encoded, other.bits) != (first.channels, first.encoded, first.bits):
            raise InputError(
                f"{first.name} and {other.name} differ in channels, bits or encoding; save all tiles of a texture "
                "alike."
            )
    return first


def _check_size(size: int, tiles: int, channels: int) -> None:
    check_memory(
        size * size * tiles * (4 * channels + _BYTES_BESIDE_CHANNELS),
        f"a texture of {size}" + (f" in {tiles} tiles" if tiles > 1 else ""),
    )


def _tiles_of(triangles: np.ndarray) -> np.ndarray:
    """(..., 2) the tile that the centroid of (..., 3, 2) UV triangles lies in: corners may lie on a tile's border."""
    return np.floor(triangles.mean(axis=-2)).astype(np.int64)


def _footprints(target: np.ndarray, source: np.ndarray, size: int) -> np.ndarray:
    """(..., 2, 2) how far the source UV moves per target texel right and down (columns) in (..., 3, 2) triangles; 0
    for those without area, which cover no texel."""
    sides = np.stack([target[..., 1, :] - target[..., 0, :], target[..., 2, :] - target[..., 0, :]], axis=-1) * size
    sides[..., 1, :] *= -1.0
    moved = np.stack([source[..., 1, :] - source[..., 0, :], source[..., 2, :] - source[..., 0, :]], axis=-1)
    area = sides[..., 0, 0] * sides[..., 1, 1] - sides[..., 0, 1] * sides[..., 1, 0]
    adjoint = np.empty_like(sides)
    adjoint[..., 0, 0], adjoint[..., 1, 1] = sides[..., 1, 1], sides[..., 0, 0]
    adjoint[..., 0, 1], adjoint[..., 1, 0] = -sides[..., 0, 1], -sides[..., 1, 0]
    flat = area == 0.0
    return np.where(flat[..., None, None], 0.0, moved @ adjoint / np.where(flat, 1.0, area)[..., None, None])


@wp.kernel(enable_backward=False)
def _bake_kernel(
    first: int,
    levels: Levels,
    coarsest: int,
    cubic: bool,
    is_srgb: bool,
    low: float,
    high: float,
    triangle: wp.array2d(dtype=wp.int32),
    barycentrics: wp.array2d(dtype=wp.vec3),
    parts: int,
    chosen: wp.array2d(dtype=wp.uint8),
    places: wp.array3d(dtype=wp.vec2d),
    footprints: wp.array2d(dtype=wp.mat22),
    origin: int,
    states: wp.array2d(dtype=wp.uint8),
    colours: wp.array3d(dtype=float),
):
    row, column = wp.tid()
    row += first
    t = triangle[row - origin, column]
    if t < 0:
        return
    piece, weights = piece_at(barycentrics[row - origin, column], parts)
    if chosen[t, piece] == wp.uint8(0):
        return
    place = places[t, piece, 0]
    place += wp.float64(weights[0]) * (places[t, piece, 1] - places[t, piece, 0])
    place += wp.float64(weights[1]) * (places[t, piece, 2] - places[t, piece, 0])
    x = wp.clamp(int(wp.floor(place[0])), 0, levels.widths[0] - 1)
    y = wp.clamp(int(wp.floor(place[1])), 0, levels.heights[0] - 1)
    if levels.known[y, x] == wp.uint8(0):
        return
    colour = encode(sample_footprint(levels, coarsest, cubic, place, footprints[t, piece]), is_srgb, low, high)
    for channel in range(colours.shape[2]):
        colours[row, column, channel] = colour[channel]
    states[row, column] = _COLOURED


@wp.kernel(enable_backward=False)
def _start_kernel(
    first: int,
    count: wp.array2d(dtype=wp.int32),
    origin: int,
    states: wp.array2d(dtype=wp.uint8),
    mask: wp.array2d(dtype=wp.uint8),
    colours: wp.array3d(dtype=float),
):
    row, column = wp.tid()
    row += first
    if count[row - origin, column] > 0:
        states[row, column] = _WANTING
        mask[row, column] = wp.uint8(255)
    else:
        states[row, column] = _EMPTY
        mask[row, column] = wp.uint8(0)
    for channel in range(colours.shape[2]):
        colours[row, column, channel] = 0.0


class _TileBaker:
    """Bakes one tile of the target from any number of source images."""

    def __init__(self, target_uvs: np.ndarray, tile: Tile, template: Image, settings: BakeSettings, device):
        self._settings, self._device, self._template = settings, device, template
        self._size = settings.size
        self._rasteriser = UvRasteriser(target_uvs, settings.size, tile, settings.device)
        self._sources: list[tuple[list, list]] = []

    def add(self, texture: Texture, uvs: np.ndarray, footprints: np.ndarray, chosen: np.ndarray) -> None:
        """Sample `texture` for the `chosen` (T, K) pieces at (T, K, 3, 2) UVs within its tile, under (T, K, 2, 2)
        footprints in its texels."""
        placed = [
            round(chosen.shape[1] ** 0.5),
            wp.array(chosen.astype(np.uint8), dtype=wp.uint8, device=self._device),
            wp.array(in_texels(uvs, texture.image), dtype=wp.vec2d, device=self._device),
            wp.array(footprints.astype(np.float32), dtype=wp.mat22, device=self._device),
        ]
        self._sources.append((sampling_arguments(texture, self._settings.filter), placed))

    def run(self, progress: Progress, start: float, share: float) -> BakedTile:
        shape = (self._size, self._size)
        # Cleared band by band: clearing a large picture at once would hold up the reports.
        states = wp.empty(shape, dtype=wp.uint8, device=self._device)
        mask = wp.empty(shape, dtype=wp.uint8, device=self._device)
        colours = wp.empty((*shape, self._template.channels), dtype=float, device=self._device)
        covered = twice = sampled = 0
        for rows in bands(*shape):
            progress.report(start + 0.8 * share * rows[0] / self._size, "Baking")
            triangle, barycentrics, count = self._rasteriser.device_raster(*rows)
            arguments = [count, rows[0], states, mask, colours]
            launch_on_rows(_start_kernel, self._device, rows, self._size, arguments)
            for sampling, placed in self._sources:
                arguments = [*sampling, triangle, barycentrics, *placed, rows[0], states, colours]
                launch_on_rows(_bake_kernel, self._device, rows, self._size, arguments)
            counts = count.numpy()
            covered += int(np.count_nonzero(counts))
            twice += int(np.count_nonzero(counts > 1))
            sampled += int(np.count_nonzero(states[rows[0] : rows[1]].numpy() == COLOURED))
        fraction = start + 0.9 * share
        if sampled < covered:
            fill_nearest(colours, states, WANTING, self._size, progress, "Filling what has no counterpart", fraction)
        fill_nearest(colours, states, EMPTY, self._settings.padding, progress, "Padding the edges", fraction)
        image = Image(colours.numpy(), self._template.encoded, self._template.bits, self._template.name)
        return BakedTile(image, mask.numpy(), covered, twice, sampled)
