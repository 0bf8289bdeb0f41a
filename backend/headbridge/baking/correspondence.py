"""Where on the source's layout every bit of the target's surface lies: finer than vertex by vertex.

The UV mapper gives vertices UVs that make a good layout; between them it is linear, and it moves them where that
unfolds the layout or meets a landmark. A texture is transferred more truly by the surfaces themselves: the target's
triangles are cut into small ones whose corners look up the closest point of the source's surface. Transferred there and
back a texture then returns to where it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cache import Cache
from ..errors import InputError
from ..mesh.normals import normalized, vertex_normals
from ..progress import Progress
from ..spatial import Surface
from ..uv.job import UvInput, UvSettings
from ..uv.matching import eligible_triangles, interior_vertices, main_component
from ..uv.overlay import Overlay, overlay_heads
from ..verdict import Verdict
from .job import BakeInput, BakeSettings
from .pieces import cut_triangle

FARTHEST, FACING = 4.5, 0.25
"""Surface farther away than this, mm, or whose normal has a smaller cosine, some 75 degrees, is no counterpart."""
# A triangle's sides are cut into at most so many parts, and into fewer when there would be more pieces than this.
_MOST_PARTS = 4
_PIECES = 400_000
# UVs this far from where a neighbouring source triangle's plane puts them, in sides of the piece and in UV units, lie
# beyond a seam.
_JUMP = 0.5
_LEAST_JUMP = 2.0e-3
# Heads of which less than this share of the target has a counterpart do not lie on each other.
_LEAST_MATCHED = 0.05


@dataclass(frozen=True)
class Correspondence:
    """source_uvs : (T, N * N, 3, 2), where the pieces of the target's triangles lie in the source's layout; matched :
    (T, N * N) bool, those with a counterpart on the source; notes : sentences for the user; verdict : that of the
    registration."""

    source_uvs: np.ndarray
    matched: np.ndarray
    notes: list[str]
    verdict: Verdict = Verdict()


def find_correspondence(
    inputs: BakeInput, settings: BakeSettings, progress: Progress, cache: Cache | None = None
) -> Correspondence:
    """Lay the heads onto each other and look up the source's UVs all over the target.

    Raises `InputError` when the heads do not lie on each other, `FailedResult` when their registration failed."""
    source, target = inputs.source, inputs.target
    cache = Cache.of_user() if cache is None else cache
    overlay = overlay_heads(
        UvInput(
            source,
            target,
            registered=inputs.registered,
            source_topology=inputs.source_topology,
            target_topology=inputs.target_topology,
        ),
        UvSettings(device=settings.device, seed=settings.seed),
        progress.part(0.0, 0.8),
        cache,
    )
    overlay.verdict.raise_if_failed()
    progress.report(0.8, "Looking up the source's surface")
    candidates = main_component(target, overlay.target_topology)
    if overlay.target_topology is not None:
        candidates &= ~interior_vertices(overlay.target_topology)
    wanted = candidates[target.triangles].all(axis=1)
    parts = int(np.clip(np.sqrt(_PIECES / max(1, wanted.sum())), 1, _MOST_PARTS))
    source_uvs = np.zeros((len(wanted), parts * parts, 3, 2))
    matched = np.zeros((len(wanted), parts * parts), bool)
    source_layout = source.uvs[source.triangle_corners]
    source_uvs[wanted], matched[wanted] = _look_up(overlay, source_layout, wanted, parts, settings.device)
    if matched.mean() < _LEAST_MATCHED:
        raise InputError(
            f"Only {100.0 * matched.mean():.0f} % of {target.name} lies on {source.name} after registration; give the "
            "mesh as `register` wrote it, or register them with landmark pairs first."
        )
    return Correspondence(source_uvs, matched, [*overlay.notes, *cache.notes], overlay.verdict)


def _look_up(
    overlay: Overlay, layout: np.ndarray, wanted: np.ndarray, parts: int, device: str
) -> tuple[np.ndarray, np.ndarray]:
    """(K, N * N, 3, 2) source UVs of the pieces of the K `wanted` target triangles; whether they have a counterpart."""
    source, positions = overlay.source, overlay.target_positions
    eligible = np.flatnonzero(
        eligible_triangles(source, overlay.source_topology, main_component(source, overlay.source_topology))
    )
    surface = _SourceSurface(overlay.source_positions[source.triangles[eligible]], layout[eligible], device)
    weights, pieces = cut_triangle(parts)
    corners = overlay.target.triangles[wanted]
    normals = vertex_normals(positions, overlay.target.triangles)
    points, facing = (
        np.einsum("pk,tkd->tpd", weights, values[corners]).reshape(-1, 3) for values in (positions, normals)
    )
    # Lattice points first, then the corners of every piece.
    at = (np.arange(len(corners))[:, None, None] * len(weights) + pieces).reshape(-1, 3)
    triangles, uvs, found = (values[at] for values in surface.look_up(points, normalized(facing)))
    points, found = points[at], found.all(axis=1)
    # Corners beyond a seam: the whole piece goes with the source triangle under its middle, continued as a plane.
    planar = surface.continued(triangles[:, 0], points)
    sides = np.linalg.norm(planar - np.roll(planar, 1, axis=1), axis=2).max(axis=1)
    torn = found & (np.linalg.norm(uvs - planar, axis=2).max(axis=1) > np.maximum(_JUMP * sides, _LEAST_JUMP))
    middle, _, near = surface.look_up(points[torn].mean(axis=1), normalized(facing[at[torn]].mean(axis=1)))
    uvs[torn] = surface.continued(middle, points[torn])
    found[torn] = near
    return uvs.reshape(len(corners), -1, 3, 2), found.reshape(len(corners), -1)


class _SourceSurface:
    """Eligible source triangles, (T, 3, 3) positions in mm, with their (T, 3, 2) UVs."""

    def __init__(self, positions: np.ndarray, uvs: np.ndarray, device: str):
        self._positions, self._uvs = positions, uvs.astype(np.float64)
        self._surface = Surface(positions.reshape(-1, 3), np.arange(3 * len(positions)).reshape(-1, 3), device)
        self._normals = self._surface.triangle_normals()

    def look_up(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The closest triangle (N,), the UV there (N, 2), and (N,) whether it is a counterpart."""
        hits = self._surface.closest(points, FARTHEST)
        triangles = np.where(hits.hit, hits.triangles, 0)
        uvs = np.einsum("nk,nkd->nd", hits.barycentrics, self._uvs[triangles])
        facing = np.einsum("nd,nd->n", self._normals[triangles], normals)
        return triangles, uvs, hits.hit & (facing > FACING)

    def continued(self, triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
        """(N, K, 2) UVs of (N, K, 3) points projected into the planes of (N,) triangles."""
        origin, first, second = np.moveaxis(self._positions[triangles], 1, 0)
        one, two = first - origin, second - origin
        offsets = points - origin[:, None]
        along, across = np.einsum("nkd,nd->nk", offsets, one), np.einsum("nkd,nd->nk", offsets, two)
        mixed = np.einsum("nd,nd->n", one, two)[:, None]
        # A sliver's plane is no plane: the ridge keeps its weights small instead.
        ridge = 1e-9 * (np.einsum("nd,nd->n", one, one) + np.einsum("nd,nd->n", two, two))[:, None] + 1e-30
        one_squared, two_squared = (np.einsum("nd,nd->n", side, side)[:, None] + ridge for side in (one, two))
        determinant = one_squared * two_squared - mixed**2
        weights = np.stack([two_squared * along - mixed * across, one_squared * across - mixed * along], axis=2)
        weights /= determinant[..., None]
        corners = self._uvs[triangles]
        return corners[:, :1] + weights @ (corners[:, 1:] - corners[:, :1])
