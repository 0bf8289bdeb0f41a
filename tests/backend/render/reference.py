"""The renderer in plain torch, in any precision, for tests: one obvious step after the other, and slow.

Every function follows the contract of the one it stands for; gradients come from autograd.
"""

from __future__ import annotations

import math

import torch

from headbridge.render.faces import Faces


def visible_triangles(points: torch.Tensor, faces: Faces, size: tuple[int, int], perspective: bool) -> torch.Tensor:
    """(B, H, W) int32, see `rasterise`: signed areas at every centre, then the nearest; (B, V, 3) points."""
    height, width = size
    seen = torch.full((len(points), height * width), -1, dtype=torch.int32)
    for view, view_points in enumerate(points.detach()):
        pixel, near, triangle = _covered_centres(view_points[faces.triangles.long()], height, width, perspective)
        # Of each pixel's triangles the nearest comes first, and of equals the lowest.
        order = torch.arange(len(pixel))
        for key in (triangle, -near, pixel):
            order = order[torch.argsort(key[order], stable=True)]
        pixel, triangle = pixel[order], triangle[order]
        first = torch.ones_like(pixel, dtype=torch.bool)
        first[1:] = pixel[1:] != pixel[:-1]
        seen[view, pixel[first]] = triangle[first].int()
    return seen.reshape(len(points), height, width)


def _covered_centres(corners: torch.Tensor, height: int, width: int, perspective: bool):
    """Pixel, nearness and triangle wherever one of (T, 3, 3) triangles covers a centre."""
    low = corners[..., :2].amin(1).floor()
    reach = int((corners[..., :2].amax(1) - low).amax().ceil())
    offsets = torch.arange(reach, dtype=corners.dtype) + 0.5
    a, b, c = corners[:, :, None, None].unbind(1)
    x = (low[:, 0, None, None] + offsets).expand(-1, reach, -1)
    y = (low[:, 1, None, None] + offsets[:, None]).expand(-1, -1, reach)
    area = _doubled_area(a, b, c[..., 0], c[..., 1])
    inside = (area != 0.0) & (x >= 0.0) & (x < width) & (y >= 0.0) & (y < height)
    if perspective:
        inside = inside & (corners[..., 2].amin(1) > 0.0)[:, None, None]
    near = torch.zeros_like(x)
    for start, end, corner in ((b, c, a), (c, a, b), (a, b, c)):
        part = _doubled_area(start, end, x, y) * area.sign()
        run, fall = ((end - start) * area[..., None].sign())[..., :2].unbind(-1)
        inside = inside & ((part > 0.0) | ((part == 0.0) & ((fall < 0.0) | ((fall == 0.0) & (run > 0.0)))))
        near = near + part / area.abs() * _nearness(corner[..., 2], perspective)
    triangle = inside.nonzero()[:, 0]
    return (y[inside].floor() * width + x[inside].floor()).long(), near[inside], triangle


def interpolate(
    points: torch.Tensor, seen: torch.Tensor, faces: Faces, attributes: torch.Tensor, places: Faces, perspective: bool
) -> torch.Tensor:
    """(B, H, W, C), see `interpolate`; seen : (B, H, W) triangles, places : the attributes' faces."""
    view, row, column = (seen >= 0).nonzero(as_tuple=True)
    triangle = seen[view, row, column].long()
    corners = faces.triangles.long()[triangle]
    a, b, c = points[view[:, None], corners].unbind(1)
    x, y = column.to(points.dtype) + 0.5, row.to(points.dtype) + 0.5
    area = _doubled_area(a, b, c[:, 0], c[:, 1])
    flat = torch.stack([_doubled_area(b, c, x, y), _doubled_area(c, a, x, y), _doubled_area(a, b, x, y)], 1)
    weights = flat / area[:, None]
    if perspective:
        weights = weights / torch.stack([a[:, 2], b[:, 2], c[:, 2]], 1)
        weights = weights / weights.sum(1, keepdim=True)
    expanded = attributes.expand(len(points), -1, -1)
    values = (weights[..., None] * expanded[view[:, None], places.triangles.long()[triangle]]).sum(1)
    return attributes.new_zeros((*seen.shape, attributes.shape[2])).index_put((view, row, column), values)


def sample_texture(texture: torch.Tensor, uvs: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """(B, H, W, C), see `sample_texture`."""
    height, width = texture.shape[1:3]
    view, row, column = (seen >= 0).nonzero(as_tuple=True)
    u, v = uvs[view, row, column].unbind(1)
    x = (u * width - 0.5).clamp(0.0, width - 1.0)
    y = ((1.0 - v) * height - 0.5).clamp(0.0, height - 1.0)
    left, upper = x.detach().floor().long(), y.detach().floor().long()
    expanded = texture.expand(len(seen), -1, -1, -1)
    values = 0.0
    for rows, down in ((upper, 1.0 - (y - upper)), ((upper + 1).clamp(max=height - 1), y - upper)):
        for columns, across in ((left, 1.0 - (x - left)), ((left + 1).clamp(max=width - 1), x - left)):
            values = values + expanded[view, rows, columns] * (down * across)[:, None]
    return texture.new_zeros((*seen.shape, texture.shape[3])).index_put((view, row, column), values)


def antialias(
    picture: torch.Tensor, points: torch.Tensor, seen: torch.Tensor, faces: Faces, perspective: bool
) -> torch.Tensor:
    """(B, H, W, C), see `antialias`."""
    blended = picture.clone()
    for view in range(len(points)):
        for (first, second), (_, coverage) in _claims(points[view], seen[view], faces, perspective).items():
            difference = picture[view][first] - picture[view][second]
            taker = second if coverage > 0.0 else first
            blended[(view, *taker)] = blended[(view, *taker)] + difference * coverage
    return blended


def _claims(points: torch.Tensor, seen: torch.Tensor, faces: Faces, perspective: bool) -> dict:
    """For pairs of pixels (row, column): how far the edge that has the pair reaches, and its signed coverage."""
    fixed = points.detach()
    depths = _nearness(fixed[:, 2], perspective)
    start, end, opposite, beyond = faces.edges.long().unbind(1)
    sides = _doubled_area(fixed[start], fixed[end], *fixed[opposite, :2].unbind(1))
    others = _doubled_area(fixed[start], fixed[end], *fixed[beyond, :2].unbind(1))
    outline = ((beyond < 0) | (sides * others >= 0.0)).nonzero()[:, 0]
    claims = {}
    for start, end, opposite, _ in faces.edges[outline].tolist():
        a, b, apex = fixed[start].tolist(), fixed[end].tolist(), fixed[opposite].tolist()
        minor = int(abs(b[0] - a[0]) > abs(b[1] - a[1]))
        major = 1 - minor
        low, high = sorted((a[major], b[major]))
        for line in range(max(0, int(low) - 1), min(seen.shape[minor], int(high) + 2)):
            if not low <= line + 0.5 < high:
                continue
            along = (line + 0.5 - a[major]) / (b[major] - a[major])
            place = math.ceil(a[minor] + (b[minor] - a[minor]) * along - 0.5) - 1
            if not 0 <= place < seen.shape[major] - 1:
                continue
            along = (line + 0.5 - points[start, major]) / (points[end, major] - points[start, major])
            crossing = points[start, minor] + (points[end, minor] - points[start, minor]) * along
            pair = ((line, place), (line, place + 1)) if minor == 0 else ((place, line), (place + 1, line))
            along_apex = (apex[major] - a[major]) / (b[major] - a[major])
            before = apex[minor] < a[minor] + (b[minor] - a[minor]) * along_apex
            owner, other = pair if before else pair[::-1]
            reach = crossing.detach() - place - 0.5 if before else place + 1.5 - crossing.detach()
            if seen[owner] < 0 or seen[other] == seen[owner]:
                continue
            near = depths[start] + (depths[end] - depths[start]) * along.detach()
            if seen[other] >= 0 and not _plane(fixed, depths, faces, int(seen[other]), other) < near:
                continue
            if pair not in claims or reach > claims[pair][0]:
                claims[pair] = (reach, crossing - (place + 1))
    return claims


def _plane(points: torch.Tensor, depths: torch.Tensor, faces: Faces, triangle: int, pixel: tuple[int, int]):
    """Nearness of a triangle's plane at a pixel's (row, column) centre."""
    corners = faces.triangles[triangle].long()
    plane = torch.cat([points[corners, :2], torch.ones(3, 1, dtype=points.dtype)], 1)
    return torch.linalg.solve(plane, depths[corners]) @ points.new_tensor([pixel[1] + 0.5, pixel[0] + 0.5, 1.0])


def _nearness(depth: torch.Tensor, perspective: bool) -> torch.Tensor:
    return 1.0 / depth if perspective else -depth


def _doubled_area(a: torch.Tensor, b: torch.Tensor, x, y):
    return (b[..., 0] - a[..., 0]) * (y - a[..., 1]) - (b[..., 1] - a[..., 1]) * (x - a[..., 0])
