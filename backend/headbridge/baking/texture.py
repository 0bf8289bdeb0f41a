"""A source image made ready for sampling: linear light, nothing but covered texels, coarser levels."""

from __future__ import annotations

import numpy as np
import warp as wp

from ..images import Image
from ..images.colour import decode_srgb
from ..memory import check_memory
from ..progress import Progress
from ..spatial.rasterise import UvRasteriser
from ..spatial.rows import bands, launch_on_rows
from .nearest import COLOURED, EMPTY, fill_nearest

# A sample inside a chart reads texels up to four away from the nearest covered one: the chart's edge passes within one
# of it, and the cubic kernel reaches two in each axis.
REACH = 4
# Four floats, a state and a row offset.
_BYTES_PER_TEXEL = 19

_COLOURED = wp.constant(wp.uint8(COLOURED))
_EMPTY = wp.constant(wp.uint8(EMPTY))


@wp.struct
class Levels:
    """The levels of a texture, one behind the other; level k is half as large as level k - 1.

    Texels are premultiplied by their alpha, the fourth component."""

    texels: wp.array(dtype=wp.vec4)
    known: wp.array2d(dtype=wp.uint8)
    starts: wp.array(dtype=wp.int32)
    heights: wp.array(dtype=wp.int32)
    widths: wp.array(dtype=wp.int32)


@wp.kernel(enable_backward=False)
def _decode_kernel(first: int, pixels: wp.array3d(dtype=float), is_srgb: bool, texels: wp.array2d(dtype=wp.vec4)):
    row, column = wp.tid()
    row += first
    channels = pixels.shape[2]
    texel = wp.vec4(0.0, 0.0, 0.0, 1.0)
    for channel in range(channels):
        value = pixels[row, column, channel]
        if is_srgb and channel < 3:
            value = decode_srgb(value)
        texel[channel] = value
    alpha = texel[3]
    texels[row, column] = wp.vec4(texel[0] * alpha, texel[1] * alpha, texel[2] * alpha, alpha)


@wp.kernel(enable_backward=False)
def _cover_kernel(first: int, triangle: wp.array2d(dtype=wp.int32), origin: int, states: wp.array2d(dtype=wp.uint8)):
    row, column = wp.tid()
    row += first
    if triangle[row - origin, column] >= 0:
        states[row, column] = _COLOURED
    else:
        states[row, column] = _EMPTY


@wp.kernel(enable_backward=False)
def _halve_kernel(
    first: int,
    texels: wp.array2d(dtype=wp.vec4),
    states: wp.array2d(dtype=wp.uint8),
    coarse: wp.array2d(dtype=wp.vec4),
    coarse_states: wp.array2d(dtype=wp.uint8),
):
    """The mean of those of four texels that are covered; an odd last row or column is averaged with what is there."""
    row, column = wp.tid()
    row += first
    total = wp.vec4()
    count = float(0.0)
    for i in range(2):
        for j in range(2):
            y = 2 * row + i
            x = 2 * column + j
            if y < texels.shape[0] and x < texels.shape[1] and states[y, x] == _COLOURED:
                total += texels[y, x]
                count += 1.0
    if count > 0.0:
        coarse[row, column] = total / count
        coarse_states[row, column] = _COLOURED
    else:
        coarse[row, column] = wp.vec4()
        coarse_states[row, column] = _EMPTY


class Texture:
    """An image on a device, ready for sampling.

    image : the picture; layout : (T, 3, 2) UV triangles that lie on it, or None when all of it counts; tile : the tile
    the picture belongs to; coarsest : the highest level that will be asked for; device : a Warp device.

    Only texels whose centre the layout covers count: those around them, as far as a filter reaches, get the colour of
    the nearest covered one, on every level, so that no background bleeds into the charts.
    """

    def __init__(
        self,
        image: Image,
        layout: np.ndarray | None,
        tile: tuple[int, int],
        coarsest: int,
        device,
        progress: Progress | None = None,
        message: str = "Preparing the image",
    ):
        self.image, self.device = image, device
        self._progress, self._message = progress or Progress(), message
        shapes = [(image.height, image.width)]
        while len(shapes) <= coarsest and max(shapes[-1]) > 1:
            shapes.append(tuple((side + 1) // 2 for side in shapes[-1]))
        starts = np.concatenate([[0], np.cumsum([h * w for h, w in shapes])])
        check_memory(int(starts[-1]) * _BYTES_PER_TEXEL, f"{image.name}: an image of {image.width} x {image.height}")
        self.texels = wp.empty(int(starts[-1]), dtype=wp.vec4, device=device)
        views = [
            self.texels[int(start) : int(end)].reshape(shape) for start, end, shape in zip(starts, starts[1:], shapes)
        ]
        self._decode(views[0])
        states = self._coverage(layout, tile)
        known = states
        for level, texels in enumerate(views):
            if level:
                states = self._halve(views[level - 1], states, texels)
            if layout is not None:
                # The next level averages covered texels only: a fill marks its own ones differently.
                self._fill(texels, states)
        self.levels = Levels()
        self.levels.texels, self.levels.known = self.texels, known
        columns = (starts[:-1], [h for h, _ in shapes], [w for _, w in shapes])
        self.levels.starts, self.levels.heights, self.levels.widths = (
            wp.array(np.asarray(column, np.int32), dtype=wp.int32, device=device) for column in columns
        )

    @property
    def coarsest(self) -> int:
        """The highest level there is."""
        return len(self.levels.starts) - 1

    def _run(self, kernel, shape, arguments: list) -> None:
        for rows in bands(*shape):
            self._progress.report(0.0, self._message)
            launch_on_rows(kernel, self.device, rows, shape[1], arguments)

    def _decode(self, texels: wp.array) -> None:
        pixels = wp.array(self.image.pixels, dtype=float, ndim=3, device=self.device, copy=False)
        self._run(_decode_kernel, texels.shape, [pixels, self.image.encoded == "sRGB", texels])

    def _coverage(self, layout: np.ndarray | None, tile) -> wp.array:
        shape = (self.image.height, self.image.width)
        if layout is None:
            return wp.full(shape, value=COLOURED, dtype=wp.uint8, device=self.device)
        states = wp.empty(shape, dtype=wp.uint8, device=self.device)
        rasteriser = UvRasteriser(layout, shape, tile, self.device.alias.split(":")[0])
        for rows in bands(*shape):
            self._progress.report(0.0, self._message)
            triangle, _, _ = rasteriser.device_raster(*rows)
            launch_on_rows(_cover_kernel, self.device, rows, shape[1], [triangle, rows[0], states])
        return states

    def _halve(self, texels: wp.array, states: wp.array, coarse: wp.array) -> wp.array:
        coarse_states = wp.empty(coarse.shape, dtype=wp.uint8, device=self.device)
        self._run(_halve_kernel, coarse.shape, [texels, states, coarse, coarse_states])
        return coarse_states

    def _fill(self, texels: wp.array, states: wp.array) -> None:
        components = wp.array(ptr=texels.ptr, dtype=float, shape=(*texels.shape, 4), device=self.device)
        fill_nearest(components, states, EMPTY, REACH, self._progress, self._message, 0.0)
