"""The colours that a mesh file brings with it: as one picture over the mesh's UVs, or as colours of its vertices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..detection.on_meshes.own_colours import VertexColours
from ..errors import InputError
from ..images import Image
from ..images.colour import linear_to_srgb, srgb_to_linear
from ..images.files import decode_image
from ..memory import check_memory
from ..mesh import Mesh
from ..mesh.io.coloured import ColouredMesh, Picture

# Texels around a picture among others that go on as it does: more than filters reach on their coarser levels.
_GUTTER = 16
# A flat colour's side.
_FLAT = 4
# How often a picture may repeat within a face, beyond once.
_MOST_REPEATS = 7
# A face that begins this near to a tile's border begins there.
_ROUNDING = 1e-6


def vertex_colours(read: ColouredMesh) -> VertexColours | None:
    """The colours of a file's vertices; None where there are none, or all are the same: many programs write white."""
    colours = read.vertex_colours
    if colours is None or not np.ptp(colours, axis=0).any():
        return None
    return VertexColours(read.mesh, linear_to_srgb(colours) if read.linear else colours)


def textured_mesh(read: ColouredMesh) -> tuple[Mesh, Image] | None:
    """The mesh and the one picture that its UVs lie on; None where its materials have no images.

    The pictures of several materials come side by side into one, and the UVs with them. Raises `InputError` for images
    that are none or do not fit in memory, and for UVs that are missing or repeat a picture too often."""
    pictures = read.pictures()
    if not pictures:
        return None
    mesh = read.mesh
    if mesh.uvs is None or not np.isfinite(mesh.uvs).all():
        raise InputError(f"{mesh.name}: it has images, but no UVs that they lie on; export it with its UVs.")
    charts = [_chart(picture, mesh, mesh.face_materials == number) for number, picture in enumerate(pictures)]
    if len(charts) == 1 and not charts[0].changed:
        return mesh, charts[0].image
    return _side_by_side(mesh, charts)


@dataclass(frozen=True, eq=False)
class _Chart:
    """What one material's faces show.

    image : its picture. wraps : whether it repeats across and down. corners : (C,) bool, of its faces. uvs : (K, 2) of these
    on the picture, every face moved to begin in its first tile. repeats : tiles beyond it to the right and above.
    changed : whether these are other UVs, or another picture, than the file's."""

    image: Image
    wraps: tuple[bool, bool]
    corners: np.ndarray
    uvs: np.ndarray
    repeats: np.ndarray
    changed: bool


def _chart(picture: Picture, mesh: Mesh, faces: np.ndarray) -> _Chart:
    corners = np.repeat(faces, mesh.face_sizes)
    uvs = mesh.uvs.astype(np.float64)
    if picture.transform is not None:
        uvs = uvs @ picture.transform[:, :2].T + picture.transform[:, 2]
    wraps = np.array(picture.wraps)
    shift = np.floor(np.minimum.reduceat(uvs, mesh.face_starts) + _ROUNDING)
    uvs = np.where(wraps, uvs - np.repeat(shift, mesh.face_sizes, axis=0), np.clip(uvs, 0.0, 1.0))[corners]
    repeats = np.ceil(np.maximum(uvs.max(axis=0, initial=1.0) - 1.0 - _ROUNDING, 0.0)).astype(int)
    if repeats.max() > _MOST_REPEATS:
        raise InputError(
            f"{picture.name}: one face shows the image {repeats.max() + 1} times; bake its colours to a layout that lies in 0..1."
        )
    changed = not np.array_equal(uvs, mesh.uvs[corners])
    return _Chart(_image(picture), picture.wraps, corners, uvs, repeats, changed)


def _image(picture: Picture) -> Image:
    """Three channels under the material's factor: transparency marks what a layout leaves empty."""
    if picture.content is None:
        pixels, name = np.ones((_FLAT, _FLAT, 3), np.float32), picture.name
        bits = 8
    else:
        image = decode_image(picture.content, picture.name)
        pixels, bits, name = image.encoded_as("sRGB")[..., : image.colour_channels], image.bits, image.name
    pixels = np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
    if not np.array_equal(picture.factor, np.ones(3)):
        pixels = linear_to_srgb(srgb_to_linear(pixels) * picture.factor.astype(np.float32))
    return Image(pixels, "sRGB", bits, name=name)


def _side_by_side(mesh: Mesh, charts: list[_Chart]) -> tuple[Mesh, Image]:
    """All pictures in one, in rows of about its width, and the mesh with its UVs there."""
    shapes = [
        (h * (1 + up) + 2 * _GUTTER, w * (1 + right) + 2 * _GUTTER)
        for (h, w), (right, up) in ((c.image.pixels.shape[:2], c.repeats) for c in charts)
    ]
    places, (height, width) = _rows(shapes)
    check_memory(height * width * 3 * 4, f"{mesh.name}: its images, side by side,")
    canvas = np.zeros((height, width, 3), np.float32)
    uvs = np.zeros((len(mesh.corners), 2))
    for chart, (top, left), (rows, columns) in zip(charts, places, shapes):
        h, w = chart.image.pixels.shape[:2]
        across, down = (
            np.arange(-_GUTTER, count - _GUTTER)
            if wraps
            else np.clip(np.arange(-_GUTTER, count - _GUTTER), 0, side - 1)
            for wraps, count, side in zip(chart.wraps, (columns, rows), (w, h))
        )
        # Tiles beyond the first stand above it.
        below = down - h * chart.repeats[1]
        canvas[top : top + rows, left : left + columns] = chart.image.pixels[(below % h)[:, None], (across % w)[None]]
        column = left + _GUTTER + chart.uvs[:, 0] * w
        row = top + _GUTTER + h * chart.repeats[1] + (1.0 - chart.uvs[:, 1]) * h
        uvs[chart.corners] = np.stack([column / width, 1.0 - row / height], axis=1)
    bits = max(chart.image.bits for chart in charts)
    return replace(mesh, uvs=uvs), Image(canvas, "sRGB", bits, name=f"{mesh.name}, its images")


def _rows(shapes: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Upper left corners of rectangles (height, width) in rows, the highest first, and the size of it all."""
    limit = max(max(width for _, width in shapes), int(np.sqrt(sum(h * w for h, w in shapes)) + 0.5))
    places = [(0, 0)] * len(shapes)
    top = left = depth = widest = 0
    for number in sorted(range(len(shapes)), key=lambda k: -shapes[k][0]):
        height, width = shapes[number]
        if left + width > limit and left:
            top, left, depth = top + depth, 0, 0
        places[number] = (top, left)
        left, depth = left + width, max(depth, height)
        widest = max(widest, left)
    return places, (top + depth, widest)
