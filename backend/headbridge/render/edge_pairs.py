"""Which neighbouring pixels are parted by a visible silhouette edge."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import warp as wp

from .launching import as_warp, device_of, torch_stream
from .sweep import doubled_area, nearness
from .visibility import Raster

_FREE = wp.constant(wp.int64(-1))
# Few pairs are claimed: their blocks are noted, so that nobody has to look through all the others.
_BLOCK = wp.constant(64)
_LOW_BITS = wp.constant(wp.int64(2**32 - 1))
_LAST_ID = wp.constant(2**31 - 1)


@dataclass(frozen=True)
class EdgePairs:
    """K pairs of neighbouring pixels, each parted by an edge.

    first, second : (K,) int64, pixels numbered through all views; the second lies to the right of the first or below.
    start, end : (K,) int64, the edge's ends, points numbered through all views. minor : (K,) int64, 0 where the pixels
    lie side by side, 1 where one is above the other. row : (K,) the other coordinate of their centres.
    middle : (K,) the coordinate halfway between them.
    """

    first: torch.Tensor
    second: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor
    minor: torch.Tensor
    row: torch.Tensor
    middle: torch.Tensor


@wp.func
def _plane_nearness(a: wp.vec3, b: wp.vec3, c: wp.vec3, perspective: int, place: wp.vec2):
    near = float(nearness(a[2], perspective))
    rise_b = float(nearness(b[2], perspective)) - near
    rise_c = float(nearness(c[2], perspective)) - near
    along_x = rise_b * (c[1] - a[1]) - rise_c * (b[1] - a[1])
    along_y = rise_c * (b[0] - a[0]) - rise_b * (c[0] - a[0])
    return near + (along_x * (place[0] - a[0]) + along_y * (place[1] - a[1])) / doubled_area(a, b, c)


@wp.func
def _side(a: wp.vec3, b: wp.vec3, apex: wp.vec3, perspective: int):
    """On which side of an edge before the camera its triangle lies; the screen mirrors an apex behind the camera."""
    area = doubled_area(a, b, apex)
    return wp.where(perspective != 0 and apex[2] < 0.0, -area, area)


@wp.kernel(enable_backward=False)
def _claim_kernel(
    points: wp.array(dtype=wp.vec3),
    edges: wp.array(dtype=wp.vec4i),
    triangles: wp.array(dtype=wp.vec3i),
    count: int,
    height: int,
    width: int,
    perspective: int,
    seen: wp.array(dtype=wp.int32),
    claims: wp.array(dtype=wp.int64),
    claimed: wp.array(dtype=wp.bool),
):
    view, e = wp.tid()
    edge = edges[e]
    offset = view * count
    a = points[offset + edge[0]]
    b = points[offset + edge[1]]
    if perspective != 0 and wp.min(a[2], b[2]) <= 0.0:
        return
    side = _side(a, b, points[offset + edge[2]], perspective)
    if edge[3] >= 0 and side * _side(a, b, points[offset + edge[3]], perspective) < 0.0:
        return
    # Near-vertical edges part pixels of a row (minor direction 0), others those of a column.
    minor = int(0)
    if wp.abs(b[0] - a[0]) > wp.abs(b[1] - a[1]):
        minor = 1
    major = 1 - minor
    rise = b[major] - a[major]
    if rise == 0.0:
        return
    major_size = wp.where(minor == 0, height, width)
    minor_size = wp.where(minor == 0, width, height)
    limit = float(major_size)
    low = int(wp.clamp(wp.ceil(wp.min(a[major], b[major]) - 0.5), 0.0, limit))
    high = int(wp.clamp(wp.ceil(wp.max(a[major], b[major]) - 0.5), 0.0, limit))
    near_a = float(nearness(a[2], perspective))
    near_b = float(nearness(b[2], perspective))
    for line in range(low, high):
        along = float(line) + 0.5
        share = (along - a[major]) / rise
        crossing = a[minor] + (b[minor] - a[minor]) * share
        # As in the raster, a centre on the edge belongs to the right or below.
        place = wp.ceil(crossing - 0.5) - 1.0
        if place >= 0.0 and place < float(minor_size - 1):
            start = int(place)
            near = near_a + (near_b - near_a) * share
            row = wp.where(minor == 0, line, start)
            column = wp.where(minor == 0, start, line)
            pixel = (view * height + row) * width + column
            other = pixel + wp.where(minor == 0, 1, width)
            # The pixel on the side of the edge's triangles has to show something, the other what lies behind the edge.
            owner = pixel
            beyond = other
            beyond_place = wp.vec2(float(column) + 0.5, float(row) + 0.5)
            beyond_place[minor] = beyond_place[minor] + 1.0
            reach = crossing - place - 0.5
            if (side * rise > 0.0) == (minor == 1):
                owner = other
                beyond = pixel
                beyond_place[minor] = beyond_place[minor] - 1.0
                reach = 1.0 - reach
            shown = seen[owner]
            if shown >= 0:
                free = bool(True)
                behind = seen[beyond]
                if behind >= 0:
                    corners = triangles[behind]
                    background = _plane_nearness(
                        points[offset + corners[0]],
                        points[offset + corners[1]],
                        points[offset + corners[2]],
                        perspective,
                        beyond_place,
                    )
                    free = behind != shown and background < near
                if free:
                    # Positive floats are ordered like their bits.
                    bits = wp.int64(wp.cast(wp.max(reach, 0.0), wp.int32))
                    claimed[(2 * pixel + minor) // _BLOCK] = True
                    wp.atomic_max(claims, 2 * pixel + minor, (bits << wp.int64(32)) | wp.int64(_LAST_ID - e))


def find_edge_pairs(points: torch.Tensor, raster: Raster) -> EdgePairs:
    """The pairs of pixels that visible silhouette edges part; of several edges the outermost has a pair:
    there the union of the surfaces ends.

    points : (B, V, 3) float32, contiguous.
    """
    edges = raster.faces.edges
    blocks = -(-2 * raster.triangle.numel() // int(_BLOCK))
    claims = torch.full((blocks * int(_BLOCK),), int(_FREE), dtype=torch.int64, device=points.device)
    claimed = torch.zeros(blocks, dtype=torch.bool, device=points.device)
    with torch_stream(points):
        wp.launch(
            _claim_kernel,
            dim=(raster.views, len(edges)),
            inputs=[
                as_warp(points, wp.vec3),
                as_warp(edges, wp.vec4i),
                as_warp(raster.faces.triangles, wp.vec3i),
                raster.faces.count,
                raster.height,
                raster.width,
                int(raster.perspective),
                as_warp(raster.triangle, wp.int32),
                as_warp(claims, wp.int64),
                as_warp(claimed, wp.bool),
            ],
            device=device_of(points),
        )
    block = claimed.nonzero()[:, 0]
    of_block, place = (claims.view(blocks, -1)[block] != int(_FREE)).nonzero().unbind(1)
    slots = block[of_block] * int(_BLOCK) + place
    edge = edges[int(_LAST_ID) - (claims[slots] & int(_LOW_BITS))].long()
    first, minor = slots // 2, slots % 2
    column, line = first % raster.width, first // raster.width
    view, row = line // raster.height, line % raster.height
    return EdgePairs(
        first=first,
        second=first + torch.where(minor == 0, 1, raster.width),
        start=view * raster.faces.count + edge[:, 0],
        end=view * raster.faces.count + edge[:, 1],
        minor=minor,
        row=torch.where(minor == 0, row, column).to(points.dtype) + 0.5,
        middle=torch.where(minor == 0, column, row).to(points.dtype) + 1.0,
    )
