"""Points on the source's patches with what the network is to answer there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...mesh.normals import normalized, triangle_areas, triangle_cross, vertex_normals
from ...mesh.uv_layout import signed_areas
from ...progress import Progress
from ..patches import Patches
from ..surface_mapper import SurfaceMapper

# Pairs whose distances to the patches are measured between two reports of progress.
_CHUNK = 8192


@dataclass(frozen=True, eq=False)
class PatchSamples:
    """Pairs of neighbouring points on the patches, both on one triangle.

    points : (N, 2, 3) mm; normals : (N, 2, 3) unit normals, interpolated between the vertices as a target's are;
    offsets : (N, 3) unit normals of the triangles, along which the UV does not change.
    uvs : (N, 2, 2); patches : (N, S) bool, the patches the triangle is on.
    costs : (N, 2, S) how badly each patch explains each point, mm (`PointMapper.patch_costs` of the surface).
    """

    points: np.ndarray
    normals: np.ndarray
    offsets: np.ndarray
    uvs: np.ndarray
    patches: np.ndarray
    costs: np.ndarray


def sample_patches(
    patches: Patches, count: int, rng: np.random.Generator, progress: Progress, device: str = "cpu"
) -> PatchSamples:
    """`count` points, in pairs, from the triangles of all patches.

    A third of them is drawn by area on the head, a third by area in the layout and a third by triangle: where the
    layout or the mesh is dense (lids, lips, ears), the map bends most and needs most points."""
    member = np.zeros((len(patches.triangles), len(patches)), bool)
    for patch, triangles in enumerate(patches.members):
        member[triangles, patch] = True
    used = member.any(axis=1)
    shares = (
        triangle_areas(patches.vertices, patches.triangles) * used,
        np.abs(signed_areas(patches.triangle_uvs)) * used,
        used.astype(np.float64),
    )
    chances = sum(share / share.sum() for share in shares if share.sum() > 0.0)
    triangles = rng.choice(len(used), count // 2, p=chances / chances.sum())
    # Three exponential variables over their sum are uniform on the triangle.
    weights = rng.exponential(size=(count // 2, 2, 3))
    weights /= weights.sum(axis=2, keepdims=True)
    corners = patches.triangles[triangles]
    corner_normals = vertex_normals(patches.vertices, patches.triangles)[corners]
    points = np.einsum("npk,nkd->npd", weights, patches.vertices[corners])
    normals = normalized(np.einsum("npk,nkd->npd", weights, corner_normals).reshape(-1, 3)).reshape(-1, 2, 3)
    surface = SurfaceMapper(patches, device)
    costs = []
    for start in range(0, len(points), _CHUNK):
        progress.report(0.0, "Sampling the layout")
        part = slice(start, start + _CHUNK)
        costs.append(surface.patch_costs(points[part].reshape(-1, 3), normals[part].reshape(-1, 3)))
    return PatchSamples(
        points,
        normals,
        normalized(triangle_cross(patches.vertices, corners)),
        np.einsum("npk,nkd->npd", weights, patches.triangle_uvs[triangles]),
        member[triangles],
        np.concatenate(costs).reshape(len(points), 2, -1),
    )
