"""Exact rasterisation of a UV layout: which triangle lies under the centre of every texel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from ..device import warp_device
from ..errors import InputError
from .rows import run_on_rows

# Fixed-point coordinates stay below 2**29, so that twice a triangle's area fits into 64 bits.
_COORDINATE_BITS = 29
_MOST_FRACTION_BITS = 20
_LEAST_FRACTION_BITS = 4
# Rows that one CUDA thread walks of one triangle; a quad that fills the picture must not be one thread's work.
_CUDA_ROWS = 32
_NOTHING = wp.constant(2**31 - 1)


@dataclass(frozen=True)
class UvRaster:
    """What lies under the texel centres of one tile; row 0 is the top.

    Texel (r, c) of H x W has its centre at u = (c + 0.5) / W, v = 1 - (r + 0.5) / H of the tile.

    triangle : (H, W) int32, index of the covering triangle, the lowest where several cover the texel, -1 outside.
    barycentrics : (H, W, 3) float32, weights of that triangle's three corners; 0 outside.
    count : (H, W) int32, number of triangles that cover the texel's centre.
    """

    triangle: np.ndarray
    barycentrics: np.ndarray
    count: np.ndarray

    @property
    def covered(self) -> np.ndarray:
        """(H, W) bool."""
        return self.triangle >= 0


def rasterise_uv(
    triangles_uv: np.ndarray, size: int | tuple[int, int], tile: tuple[int, int] = (0, 0), device: str = "cpu"
) -> UvRaster:
    """Rasterise (T, 3, 2) UV triangles into the texels of one tile.

    size : texels on a side, or (height, width).
    tile : (u, v) of the tile's lower left corner; (0, 0) is UDIM 1001.
    device : "cpu" or "cuda"; both give the same bits.

    Coverage is decided in fixed-point integers with the top-left rule: a texel whose centre lies on an edge shared by
    two triangles belongs to exactly one of them. Triangles flipped cover like others; those without area cover
    nothing.
    Raises `InputError` for UVs that are not finite or impossibly far from the tile.
    """
    return UvRasteriser(triangles_uv, size, tile, device).raster()


class UvRasteriser:
    """Rasterises the same triangles band by band, so that a large picture needs no large arrays; see `rasterise_uv`."""

    def __init__(
        self,
        triangles_uv: np.ndarray,
        size: int | tuple[int, int],
        tile: tuple[int, int] = (0, 0),
        device: str = "cpu",
    ):
        self.height, self.width = (size, size) if np.isscalar(size) else size
        self.device = warp_device(device)
        self.kept, points, self._fraction_bits = _fixed_point(
            np.asarray(triangles_uv, dtype=np.float64).reshape(-1, 3, 2), self.height, self.width, tile
        )
        self._indices = wp.array(self.kept, dtype=wp.int32, device=self.device)
        self._points = wp.array(points.reshape(-1, 6), dtype=wp.int32, device=self.device)

    def raster(self, first: int = 0, last: int | None = None) -> UvRaster:
        """The rows from `first` up to, not including, `last`."""
        triangle, barycentrics, count = self.device_raster(first, self.height if last is None else last)
        return UvRaster(triangle.numpy(), barycentrics.numpy(), count.numpy())

    def device_raster(self, first: int, last: int) -> tuple[wp.array, wp.array, wp.array]:
        """`UvRaster`'s three arrays for some rows, on the device (barycentrics as (rows, W) vec3)."""
        shape = (last - first, self.width)
        triangle = wp.full(shape, value=_NOTHING, dtype=wp.int32, device=self.device)
        count = wp.zeros(shape, dtype=wp.int32, device=self.device)
        barycentrics = wp.empty(shape, dtype=wp.vec3, device=self.device)
        points, bits = self._points, self._fraction_bits

        def launch(top: int, bottom: int):
            rows = _CUDA_ROWS if self.device.is_cuda else bottom - top
            wp.launch(
                _cover_kernel,
                dim=(-(-(bottom - top) // rows), len(points)),
                inputs=[points, bits, first, top - first, bottom - first, rows, triangle, count],
                device=self.device,
            )
            wp.launch(
                _barycentrics_kernel,
                dim=(bottom - top, self.width),
                inputs=[points, self._indices, bits, first, top - first, triangle, barycentrics],
                device=self.device,
            )

        run_on_rows(_cover_kernel, self.device, (first, last), self.width, launch)
        return triangle, barycentrics, count


def _fixed_point(triangles: np.ndarray, height: int, width: int, tile) -> tuple[np.ndarray, np.ndarray, int]:
    """Indices (K,) int32 of the triangles that may touch the tile, their corners (K, 3, 2) int32 in fractions of a
    texel (x to the right, y down), and the number of fraction bits."""
    if not np.isfinite(triangles).all():
        raise InputError("The UV layout holds coordinates that are not finite numbers; repair it or export it again.")
    texels = (triangles - np.asarray(tile, dtype=np.float64)) * (1.0, -1.0) + (0.0, 1.0)
    texels *= (width, height)
    low, high = texels.min(axis=1), texels.max(axis=1)
    kept = np.flatnonzero(((high >= 0.0) & (low <= (width, height))).all(axis=1)).astype(np.int32)
    texels = texels[kept]
    reach = np.abs(texels).max(initial=1.0)
    bits = min(_MOST_FRACTION_BITS, _COORDINATE_BITS - int(np.ceil(np.log2(reach))))
    if bits < _LEAST_FRACTION_BITS:
        raise InputError(
            f"A UV triangle reaches {reach / max(width, height):.0f} tiles far; repair the layout: UVs belong near "
            "their tile."
        )
    return kept, np.rint(np.ldexp(texels, bits)).astype(np.int32), bits


@wp.func
def _edge(ax: wp.int64, ay: wp.int64, bx: wp.int64, by: wp.int64, x: wp.int64, y: wp.int64):
    """Twice the area of a, b, p: positive where p lies to the right of a -> b as seen with y down."""
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax)


@wp.func
def _texel_centre(texel: int, bits: int):
    return (wp.int64(2 * texel + 1) << wp.int64(bits)) / wp.int64(2)


@wp.func
def _first_texel(coordinate: wp.int64, bits: int):
    """The first texel whose centre is not before a fixed-point coordinate."""
    one = wp.int64(1) << wp.int64(bits)
    return int((coordinate - one / wp.int64(2) + one - wp.int64(1)) >> wp.int64(bits))


@wp.func
def _floor_divide(numerator: wp.int64, denominator: wp.int64):
    """Floor of the quotient for a positive denominator."""
    quotient = numerator / denominator
    if quotient * denominator > numerator:
        quotient -= wp.int64(1)
    return quotient


@wp.func
def _cut_span(span: wp.vec2i, ax: wp.int64, ay: wp.int64, bx: wp.int64, by: wp.int64, y: wp.int64, bits: int):
    """The part of a row's span of texels on the inner side of the edge a -> b."""
    # Top-left rule: of two triangles at an edge, only the one below or to the right of it has the texels on it.
    least = wp.int64(1)
    if by < ay or (by == ay and bx > ax):
        least = wp.int64(0)
    value = _edge(ax, ay, bx, by, _texel_centre(0, bits), y) - least
    step = (ay - by) << wp.int64(bits)
    low = span[0]
    high = span[1]
    if step > wp.int64(0):
        low = wp.max(low, int(wp.min(-_floor_divide(value, step), wp.int64(high) + wp.int64(1))))
    elif step < wp.int64(0):
        high = wp.min(high, int(wp.max(_floor_divide(value, -step), wp.int64(low) - wp.int64(1))))
    elif value < wp.int64(0):
        high = low - 1
    return wp.vec2i(low, high)


@wp.kernel(enable_backward=False)
def _cover_kernel(
    points: wp.array2d(dtype=wp.int32),
    bits: int,
    origin: int,
    top: int,
    bottom: int,
    rows: int,
    triangle: wp.array2d(dtype=wp.int32),
    count: wp.array2d(dtype=wp.int32),
):
    band, t = wp.tid()
    ax = wp.int64(points[t, 0])
    ay = wp.int64(points[t, 1])
    bx = wp.int64(points[t, 2])
    by = wp.int64(points[t, 3])
    cx = wp.int64(points[t, 4])
    cy = wp.int64(points[t, 5])
    # Rows are numbered within the arrays; `origin` is the picture's row of the arrays' first one.
    first = _first_texel(wp.min(ay, wp.min(by, cy)), bits) - origin
    last = _first_texel(wp.max(ay, wp.max(by, cy)) + wp.int64(1), bits) - origin
    first = wp.max(first, top + band * rows)
    last = wp.min(last, wp.min(bottom, top + (band + 1) * rows))
    if first >= last:
        return
    area = _edge(ax, ay, bx, by, cx, cy)
    if area == wp.int64(0):
        return
    if area < wp.int64(0):
        x = bx
        y = by
        bx = cx
        by = cy
        cx = x
        cy = y
    left = wp.max(_first_texel(wp.min(ax, wp.min(bx, cx)), bits), 0)
    right = wp.min(_first_texel(wp.max(ax, wp.max(bx, cx)) + wp.int64(1), bits), triangle.shape[1]) - 1
    for row in range(first, last):
        centre = _texel_centre(row + origin, bits)
        span = _cut_span(wp.vec2i(left, right), ax, ay, bx, by, centre, bits)
        span = _cut_span(span, bx, by, cx, cy, centre, bits)
        span = _cut_span(span, cx, cy, ax, ay, centre, bits)
        for column in range(span[0], span[1] + 1):
            wp.atomic_min(triangle, row, column, t)
            wp.atomic_add(count, row, column, 1)


@wp.kernel(enable_backward=False)
def _barycentrics_kernel(
    points: wp.array2d(dtype=wp.int32),
    indices: wp.array(dtype=wp.int32),
    bits: int,
    origin: int,
    top: int,
    triangle: wp.array2d(dtype=wp.int32),
    barycentrics: wp.array2d(dtype=wp.vec3),
):
    row, column = wp.tid()
    row += top
    t = triangle[row, column]
    if t == _NOTHING:
        triangle[row, column] = -1
        barycentrics[row, column] = wp.vec3(0.0, 0.0, 0.0)
        return
    x = _texel_centre(column, bits)
    y = _texel_centre(row + origin, bits)
    ax = wp.int64(points[t, 0])
    ay = wp.int64(points[t, 1])
    bx = wp.int64(points[t, 2])
    by = wp.int64(points[t, 3])
    cx = wp.int64(points[t, 4])
    cy = wp.int64(points[t, 5])
    area = wp.float64(_edge(ax, ay, bx, by, cx, cy))
    triangle[row, column] = indices[t]
    barycentrics[row, column] = wp.vec3(
        float(wp.float64(_edge(bx, by, cx, cy, x, y)) / area),
        float(wp.float64(_edge(cx, cy, ax, ay, x, y)) / area),
        float(wp.float64(_edge(ax, ay, bx, by, x, y)) / area),
    )
