"""The rendering loss: source and target, in one texture, look alike from many sides (after AUV-Net's and the like).

Both heads lie on each other, so what their pixels see does not change while the network learns: rays are cast once, and
only the texture is looked up anew. It is procedural: waves of several lengths along both axes of the layout, whose sines
and cosines together have the same slope everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

from ...cache import content_key
from ...detection.on_meshes.camera import Camera, looking
from ...errors import InputError
from ...mesh.normals import normalized, vertex_normals
from ...spatial import Surface
from ..patches import Patches
from .domain import PatchDomain
from .losses import PIXELS

# Degrees to the left and upwards from which the heads are looked at.
_VIEWS = tuple((yaw, pitch) for pitch in (-25.0, 10.0, 45.0) for yaw in range(0, 360, 40))
_SIZE = 160
_MARGIN = 1.05
# Pixels of both heads belong together where they are this near (mm) and face alike.
_NEAR, _FACING = 4.0, 0.5
# Lengths of the texture's waves, in pixels of a texture of 1024.
_WAVES = (32.0, 128.0, 512.0)
_BATCH = 1024


class RenderingLoss:
    """A `LossTerm`: mean squared difference of the pictures of source and target, in square pixels where it is small.

    patches : the source where it lies on the target. vertices : (V, 3) the target's, mm; triangles : (T, 3). weight :
    factor. seed : of the order in which pixels are taken.
    Raises `InputError` where no pixel sees both heads at one place."""

    def __init__(
        self,
        patches: Patches,
        vertices: np.ndarray,
        triangles: np.ndarray,
        weight: float,
        seed: int = 0,
        device: str = "cpu",
        views: tuple[tuple[float, float], ...] = _VIEWS,
    ):
        self.key = content_key("rendering loss 2", patches, vertices, triangles, weight, seed, [*map(list, views)])
        self._weight = weight
        points, normals, chosen, uvs = seen_pixels(patches, vertices, triangles, views, device)
        if not len(points):
            raise InputError("The heads do not lie on each other from any side, so that nothing can be rendered.")
        self._points, self._normals, self._patches, self._uvs = (
            torch.as_tensor(array, dtype=kind, device=device)
            for array, kind in (
                (points, torch.float32),
                (normals, torch.float32),
                (chosen, torch.int64),
                (uvs, torch.float32),
            )
        )
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, uvs: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> torch.Tensor:
        """The loss over the next pixels."""
        count = len(self._points)
        chosen = torch.randint(count, (min(_BATCH, count),), generator=self._generator).to(self._points.device)
        found = uvs(self._points[chosen], self._normals[chosen])
        own = found[torch.arange(len(chosen), device=found.device), self._patches[chosen]]
        return self._weight * picture_difference(own, self._uvs[chosen])


def picture_difference(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of the texture's colours at (N, 2) UVs, scaled so that it is that of the UVs in square
    pixels where these are near each other.

    UVs that are half a wave apart or more count nothing in that wave: its colours would lead to another place of the
    layout, as they do all over at a training's begin."""
    total, offset = found.new_zeros(()), found - wanted
    for wave in _WAVES:
        turn = 2.0 * math.pi * PIXELS / wave
        told = (PIXELS * offset.detach()).abs().amax(dim=-1) < 0.5 * wave
        # |exp(i a) - exp(i b)|^2, by half angles: differences of near sines would lose their digits.
        half = torch.sin(0.5 * turn * offset)
        total = total + ((wave / math.pi * half).square().sum(dim=-1) * told).mean()
    return total / len(_WAVES)


def seen_pixels(
    patches: Patches,
    vertices: np.ndarray,
    triangles: np.ndarray,
    views: tuple[tuple[float, float], ...] = _VIEWS,
    device: str = "cpu",
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What pixels see of both heads: (P, 3) points and (P, 3) unit normals of the target, as the network is asked them
    (`PatchDomain`), (P,) the patch, and (P, 2) the UV of the source, at the same pixel."""
    used = np.concatenate([patches.vertices, vertices])
    middle = 0.5 * (used.min(axis=0) + used.max(axis=0))
    radius = _MARGIN * float(np.linalg.norm(used - middle, axis=1).max())
    source, target = Surface(patches.vertices, patches.triangles, device), Surface(vertices, triangles, device)
    facing = vertex_normals(vertices, triangles)
    found = []
    for yaw, pitch in views:
        camera = Camera(looking(yaw, pitch), middle, radius, _SIZE)
        directions = camera.directions(camera.pixel_centres())
        origins = np.broadcast_to(camera.position, directions.shape)
        there, here = (surface.cast(origins, directions) for surface in (source, target))
        both = np.flatnonzero(there.hit & here.hit)
        triangle, mine = there.triangles[both], here.triangles[both]
        near = np.linalg.norm(there.points[both] - here.points[both], axis=1) < _NEAR
        alike = np.einsum("nd,nd->n", source.triangle_normals()[triangle], target.triangle_normals()[mine]) > _FACING
        kept = near & alike & (patches.core[triangle] >= 0)
        both, triangle, mine = both[kept], triangle[kept], mine[kept]
        normals = np.einsum("nk,nkd->nd", here.barycentrics[both], facing[triangles[mine]])
        uvs = np.einsum("nk,nkd->nd", there.barycentrics[both], patches.triangle_uvs[triangle])
        found.append((here.points[both], normalized(normals), patches.core[triangle], uvs))
    points, normals, chosen, uvs = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return *PatchDomain(patches, device).near_own(points, chosen, normals), chosen, uvs
