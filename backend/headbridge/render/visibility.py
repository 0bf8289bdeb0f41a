"""Which triangle every pixel shows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import warp as wp

from ..spatial.rows import run_on_rows
from .checks import check_picture
from .faces import Faces
from .launching import as_warp, device_of, torch_stream
from .sweep import crosses_camera_plane, drawable, nearness, row_span, sweep_triangle

_EMPTY = wp.constant(wp.int64(-(2**63 - 1)))
_LOW_BITS = wp.constant(wp.int64(2**32 - 1))
_LAST_ID = wp.constant(2**31 - 1)


@dataclass(frozen=True)
class Raster:
    """What B views of a mesh show; not differentiable itself (see `interpolate` and `antialias`).

    triangle : (B, H, W) int32, the triangle nearest to the camera at each pixel's centre, -1 where there is none.
    shown : (B, T) int32, 1 where a pixel shows the triangle, else 0.
    faces : the triangles; perspective : whether depth is interpolated with perspective.
    """

    triangle: torch.Tensor
    shown: torch.Tensor
    faces: Faces
    perspective: bool

    @property
    def views(self) -> int:
        return self.triangle.shape[0]

    @property
    def height(self) -> int:
        return self.triangle.shape[1]

    @property
    def width(self) -> int:
        return self.triangle.shape[2]

    @property
    def covered(self) -> torch.Tensor:
        """(B, H, W) bool."""
        return self.triangle >= 0


@wp.func
def _ordered_bits(number: float):
    """Integers in the order of the floats they come from."""
    bits = wp.cast(number, wp.int32)
    if bits < 0:
        bits = bits ^ wp.int32(0x7FFFFFFF)
    return wp.int64(bits)


@wp.kernel(enable_backward=False)
def _visibility_kernel(
    points: wp.array(dtype=wp.vec3),
    triangles: wp.array(dtype=wp.vec3i),
    count: int,
    height: int,
    width: int,
    perspective: int,
    first_view: int,
    first_row: int,
    last_row: int,
    keys: wp.array(dtype=wp.int64),
):
    view, t = wp.tid()
    view += first_view
    corners = triangles[t]
    a = points[view * count + corners[0]]
    b = points[view * count + corners[1]]
    c = points[view * count + corners[2]]
    # Rows are numbered through all views outside of this kernel. Most triangles are ruled out before all else.
    crosses = crosses_camera_plane(a, b, c, perspective)
    above = wp.max(a[1], wp.max(b[1], c[1])) < float(first_row - view * height)
    below = wp.min(a[1], wp.min(b[1], c[1])) > float(last_row - view * height)
    if ((above or below) and not crosses) or not drawable(a, b, c, perspective):
        return
    sweep = sweep_triangle(a, b, c, height, perspective)
    top = wp.max(sweep.first, first_row - view * height)
    bottom = wp.min(sweep.last, last_row - view * height)
    if top >= bottom:
        return
    near = nearness(a[2], perspective)
    rise_b = nearness(b[2], perspective) - near
    rise_c = nearness(c[2], perspective) - near
    bx = wp.float64(b[0]) - wp.float64(a[0])
    by = wp.float64(b[1]) - wp.float64(a[1])
    cx = wp.float64(c[0]) - wp.float64(a[0])
    cy = wp.float64(c[1]) - wp.float64(a[1])
    area = bx * cy - by * cx
    along_x = (rise_b * cy - rise_c * by) / area
    along_y = (rise_c * bx - rise_b * cx) / area
    # A sliver's plane is steep; between its corners it stays between their depths.
    least = float(near + wp.min(wp.float64(0.0), wp.min(rise_b, rise_c)))
    most = float(near + wp.max(wp.float64(0.0), wp.max(rise_b, rise_c)))
    if crosses:
        least = float(0.0)
        most = float(3.0e38)
    label = wp.int64(_LAST_ID - t)
    for row in range(top, bottom):
        span = row_span(sweep, row, width)
        at_row = near + along_y * (wp.float64(row) + wp.float64(0.5) - wp.float64(a[1]))
        pixel = (view * height + row) * width
        for column in range(span[0], span[1]):
            here = at_row + along_x * (wp.float64(column) + wp.float64(0.5) - wp.float64(a[0]))
            bits = _ordered_bits(wp.clamp(float(here), least, most))
            wp.atomic_max(keys, pixel + column, (bits << wp.int64(32)) | label)


@wp.kernel(enable_backward=False)
def _label_kernel(
    keys: wp.array(dtype=wp.int64),
    first_row: int,
    stride: int,
    height: int,
    width: int,
    triangle_count: int,
    triangle: wp.array(dtype=wp.int32),
    shown: wp.array(dtype=wp.int32),
):
    row, group = wp.tid()
    row += first_row
    offset = (row // height) * triangle_count
    for pixel in range(row * width + group * stride, row * width + (group + 1) * stride):
        key = keys[pixel]
        label = int(-1)
        if key != _EMPTY:
            label = _LAST_ID - int(key & _LOW_BITS)
            # Several pixels may write here at once, but all write the same.
            shown[offset + label] = 1
        triangle[pixel] = label


def rasterise(points: torch.Tensor, faces: Faces, size: int | tuple[int, int], perspective: bool = True) -> Raster:
    """The visible triangle at every pixel of B views.

    points : (B, V, 3) float32 screen points: x to the right and y down in pixels (the first pixel's centre is at 0.5),
    and depth along the view, as `Camera.project` gives them. faces : over those V points.
    size : pixels on a side, or (height, width). perspective : whether depth comes from a perspective camera.

    Front and back sides are seen alike. Of a triangle that reaches behind a perspective camera (depth < 0) the part
    before it is seen; one with a corner at a depth of exactly 0, which has no place on the screen, is left out. Of
    triangles at the same depth the lowest is seen. The same input gives the same bits on every run.
    Raises `InputError` for wrong shapes or types and for numbers that are not finite.
    """
    height, width = check_picture(points, faces, size)
    views = len(points)
    points = points.detach().contiguous()
    triangle = torch.empty((views, height, width), dtype=torch.int32, device=points.device)
    shown = torch.zeros((views, len(faces)), dtype=torch.int32, device=points.device)
    keys = torch.empty(triangle.numel(), dtype=torch.int64, device=points.device)
    device = device_of(points)
    inputs = [
        as_warp(points, wp.vec3),
        as_warp(faces.triangles, wp.vec3i),
        faces.count,
        height,
        width,
        int(perspective),
    ]
    warp_keys = as_warp(keys, wp.int64)
    outputs = [len(faces), as_warp(triangle, wp.int32), as_warp(shown, wp.int32)]
    columns, stride = (width, 1) if device.is_cuda else (1, width)

    def launch(first: int, last: int):
        keys[first * width : last * width].fill_(int(_EMPTY))
        first_view, last_view = first // height, (last - 1) // height + 1
        wp.launch(
            _visibility_kernel,
            dim=(last_view - first_view, len(faces)),
            inputs=[*inputs, first_view, first, last, warp_keys],
            device=device,
        )
        wp.launch(
            _label_kernel,
            dim=(last - first, columns),
            inputs=[warp_keys, first, stride, height, width, *outputs],
            device=device,
        )

    with torch_stream(points):
        run_on_rows(_visibility_kernel, device, (0, views * height), width, launch)
    return Raster(triangle, shown, faces, perspective)
