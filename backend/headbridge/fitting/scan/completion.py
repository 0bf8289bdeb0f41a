"""Colours for the parts of a head that a scan does not show.

What the other half of the face shows is carried over, what neither shows continues smoothly. Both meet what is known
without a step: low frequencies solve a Poisson equation on the head's surface (Perez et al. 2003), where no seam of
the layout is in the way, and high frequencies fade over a few texels.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.ndimage import distance_transform_edt

from ...baking.rasterise import UvRaster
from ...linalg.cholesky import SparseCholesky
from ...mesh import Mesh
from ...mesh.adjacency import grow
from ...mesh.laplacian import cotangent_laplacian
from ...progress import Progress
from ...spatial import Surface
from ...topologies import Topology
from .painted_eyes import paint_eyes

# Texels of 2048: how wide the edge of what is known fades, and how much of it is not trusted.
_FADE, _EDGE = 14.0, 2.0
# The mirrored half lies this near to the head, mm, where it is the same place.
_REACH = 6.0
# How far around a hole its filling is felt, in edges.
_RINGS = 2
# A vertex's colour is known when this share of the texels around it is.
_KNOWN_SHARE = 0.6
# Holds what nothing known hangs together with.
_LOOSE = 1e-9
# The mouth's inside is as dark as this against the lips.
_IN_THE_MOUTH = 0.45
# sRGB of skin, for parts that hang together with nothing known.
_SKIN = (0.76, 0.58, 0.50)


def complete(
    colours: np.ndarray,
    known: np.ndarray,
    raster: UvRaster,
    template: Mesh,
    topology: Topology,
    detail: np.ndarray,
    device: str,
    progress: Progress,
) -> np.ndarray:
    """(H, W, 3) float32 sRGB, `colours` where they are `known` (H, W), completed in the rest of the layout.

    raster : of the template's layout; detail : (V, 3) mm, the head's shape."""
    progress.report(0.0, "Completing the texture")
    scale = known.shape[0] / 2048.0
    # The layout's own edges are no edges of what is known.
    inside = distance_transform_edt(known | ~raster.covered) if not known.all() else np.full(known.shape, np.inf)
    # Colours at the edge of a scan are mixed with what lies beyond.
    trusted = known & (inside > _EDGE * scale)
    around = _near_holes(raster, trusted, template)
    active = np.append(around, False)[raster.triangle]
    progress.report(0.2, "Completing the texture")
    texels = _Texels(raster, active, template)
    mirrored, has_mirror = _mirrored(texels, colours, trusted, template, device)
    progress.report(0.4, "Completing the texture")
    own, own_trusted = colours[active].astype(np.float64), trusted[active]
    own_low, fixed = texels.at_vertices(own, own_trusted)
    mirror_low, guided = texels.at_vertices(mirrored, has_mirror)
    mouth = topology.regions["mouth_bag"] & ~fixed
    lips = topology.regions["lips"] & fixed
    if lips.any():
        own_low[mouth], fixed = _IN_THE_MOUTH * own_low[lips].mean(axis=0), fixed | mouth
    base = poisson_colours(detail, template.triangles[around], own_low, fixed, mirror_low, guided)
    progress.report(0.7, "Completing the texture")
    filled = texels.interpolated(base)
    # High frequencies end where the mirrored half does.
    fading = _fade(has_mirror, active, _FADE * scale)[:, None]
    filled += np.where(has_mirror[:, None], fading * (mirrored - texels.interpolated(mirror_low)), 0.0)
    keep = np.clip((inside[active] - _EDGE * scale) / (_FADE * scale), 0.0, 1.0)[:, None] * own_trusted[:, None]
    result = np.where(raster.covered[..., None], colours, 0.0).astype(np.float32)
    result[active] = np.clip(keep * own + (1.0 - keep) * filled, 0.0, 1.0)
    progress.report(0.9, "Completing the texture")
    paint_eyes(result, known, raster, template, topology)
    return result


def _near_holes(raster: UvRaster, trusted: np.ndarray, template: Mesh) -> np.ndarray:
    """(T,) bool, the triangles with holes in them and those around: the texels of all others stay as they are."""
    count = len(template.triangles)
    triangle = raster.triangle[raster.covered]
    holes = np.bincount(triangle, ~trusted[raster.covered], minlength=count) > 0
    near = np.zeros(len(template.vertices), bool)
    near[template.triangles[holes]] = True
    near = grow(template, near, _RINGS)
    return near[template.triangles].any(axis=1)


class _Texels:
    """The `active` (H, W) texels of a layout as points of the head."""

    def __init__(self, raster: UvRaster, active: np.ndarray, template: Mesh):
        corners = template.triangles[raster.triangle[active]]
        weights = raster.barycentrics[active].astype(np.float64)
        count = len(corners)
        self._rows = sp.csr_matrix(
            (weights.ravel(), corners.ravel(), np.arange(0, 3 * count + 1, 3)), shape=(count, len(template.vertices))
        )
        self._total = np.asarray(self._rows.sum(axis=0)).ravel()

    def interpolated(self, values: np.ndarray) -> np.ndarray:
        """(N, C) of (V, C)."""
        return self._rows @ values

    def at_vertices(self, values: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(V, C) means of those of the (N, C) values around every vertex that are in the (N,) mask, and (V,) whether
        most of them are."""
        weights = mask.astype(float)
        share = self._rows.T @ weights
        means = (self._rows.T @ (weights[:, None] * values)) / np.maximum(share, 1e-9)[:, None]
        return means, (share >= _KNOWN_SHARE * self._total) & (share > 0.0)


def _mirrored(texels: _Texels, colours: np.ndarray, trusted: np.ndarray, template: Mesh, device: str):
    """(N, 3) the colours of the other half at the texels, and (N,) whether that half shows them."""
    reflected = texels.interpolated(template.vertices) * (-1.0, 1.0, 1.0)
    hits = Surface(template.vertices, template.triangles, device).closest(reflected, _REACH)
    found = np.flatnonzero(hits.hit)
    layout = template.uvs[template.triangle_corners].astype(np.float64)
    places = np.einsum("nk,nkd->nd", hits.barycentrics[found], layout[hits.triangles[found]])
    height, width = trusted.shape
    column = np.clip(np.floor(places[:, 0] * width).astype(np.int64), 0, width - 1)
    row = np.clip(np.floor((1.0 - places[:, 1]) * height).astype(np.int64), 0, height - 1)
    result, shown = np.zeros((len(reflected), 3)), np.zeros(len(reflected), bool)
    result[found], shown[found] = colours[row, column], trusted[row, column]
    return result, shown


def poisson_colours(
    vertices: np.ndarray,
    triangles: np.ndarray,
    own: np.ndarray,
    known: np.ndarray,
    guide: np.ndarray,
    guided: np.ndarray,
) -> np.ndarray:
    """(V, 3) colours that are `own` where `known` and elsewhere on the (T, 3) triangles change as `guide` does where it
    is `guided`, else as little as can be. Vertices off the triangles mean nothing."""
    matrix = cotangent_laplacian(vertices, triangles)
    edges = sp.triu(matrix, 1).tocoo()
    weights = -edges.data
    both = guided[edges.row] & guided[edges.col]
    steps = np.where(both[:, None], guide[edges.row] - guide[edges.col], 0.0) * weights[:, None]
    right = np.zeros_like(own)
    np.add.at(right, edges.row, steps)
    np.add.at(right, edges.col, -steps)
    used = np.zeros(len(known), bool)
    used[triangles] = True
    free = np.flatnonzero(used & ~known)
    result = np.where(known[:, None], own, np.asarray(_SKIN))
    if not len(free):
        return result
    inner = matrix[free][:, free] + _LOOSE * sp.identity(len(free))
    load = right[free] - matrix[free][:, np.flatnonzero(known)] @ own[known] + _LOOSE * np.asarray(_SKIN)
    result[free] = SparseCholesky(inner).solve(load)
    return np.clip(result, 0.0, 1.0)


def _fade(shown: np.ndarray, active: np.ndarray, width: float) -> np.ndarray:
    """(N,) of the active texels: 0 outside the (N,) mask, rising to 1 over `width` texels within."""
    whole = np.ones(active.shape, bool)
    whole[active] = shown
    distance = distance_transform_edt(whole)[active] if not whole.all() else np.full(len(shown), np.inf)
    return np.where(shown, np.clip(distance / max(width, 1.0), 0.0, 1.0), 0.0)
