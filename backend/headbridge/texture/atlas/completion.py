"""Colours for the parts of a head that a scan or a photo does not show.

What the other half of the face shows is transferred; where a picture lies behind (the guess of a model), that is what
it lacks of the other half. What neither half shows follows the picture behind, or else continues smoothly. All meet
what is known without a step: low frequencies solve a Poisson equation on the head's surface (Perez et al. 2003), where
no seam of the layout is in the way, and high frequencies fade over a few texels. Vertices are too few to follow the edge
of what is kept, and its colours are not trusted to tell of far places: the step that is left fades in the layout.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.ndimage import distance_transform_edt

from ...linalg.cholesky import SparseCholesky
from ...mesh.adjacency import grow
from ...mesh.laplacian import cotangent_laplacian
from ...mesh.normals import vertex_areas
from ...metrics.uv_mirror import mirror_corners
from ...progress import Progress
from ...spatial import Surface
from ...topologies import Topology
from .layout import HeadLayout
from .membrane import membrane
from .painted_eyes import paint_eyes
from .surface_texels import SurfaceTexels

KEPT = 0.9
"""Share from which on a texel is taken to be kept."""

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
# How far what is known changes the tone of the picture behind, mm.
_TONE_REACH = 40.0
# How far the halves of a face are alike in what the picture behind lacks: regression of low and of high frequencies on
# those of the other half, over skins that a texture space does not hold. High ones are kept stronger than the least
# squared error would have them, so that skin does not look smooth beside skin that was seen.
_ALIKE_LOW, _ALIKE_HIGH = 0.9, 0.6
# Texels of 2048 within which what is filled meets what is kept beside it.
_MEETING = 120.0
# Tones of one skin differ less, sRGB: beyond a larger step lies something else, such as painted hair.
_SKINS_STEP = 0.2
# The mouth's inside is as dark as this against the lips.
_IN_THE_MOUTH = 0.45
# sRGB of skin, for parts that hang together with nothing known.
_SKIN = (0.76, 0.58, 0.50)


def kept_share(known: np.ndarray, layout: HeadLayout) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) share 0..1 in which colours `known` (H, W) bool are kept, fading at their edge, and (H, W) bool where they
    are trusted: colours at the edge are mixed with what lies beyond."""
    scale = layout.shape[0] / 2048.0
    # The layout's own edges are no edges of what is known.
    inside = distance_transform_edt(known | ~layout.covered) if not known.all() else np.full(known.shape, np.inf)
    share = np.clip((inside - _EDGE * scale) / (_FADE * scale), 0.0, 1.0)
    return np.where(known, share, 0.0), known & (inside > _EDGE * scale)


def continued_over_skin(values: np.ndarray, known: np.ndarray, layout: HeadLayout, topology: Topology) -> np.ndarray:
    """(H, W, 3) float32: what (H, W, 3) values are at the edge of what is `known`, (H, W) bool, falling to 0 on the skin
    around it; 0 elsewhere, so that neither eyes nor the mouth take anything of the skin."""
    skin = np.append((topology.skin & ~topology.no_match)[layout.packed.triangles].all(axis=1), False)[
        layout.raster.triangle
    ]
    return membrane(values, known & skin, layout.covered & skin, _MEETING * layout.shape[0] / 2048.0)


def complete(
    colours: np.ndarray,
    share: np.ndarray,
    trusted: np.ndarray,
    layout: HeadLayout,
    topology: Topology,
    shape: np.ndarray,
    behind: np.ndarray | None,
    progress: Progress,
) -> np.ndarray:
    """(H, W, 3) float32 sRGB of the whole layout.

    colours : (H, W, 3) sRGB. share : (H, W), how much of them is kept, 0..1. trusted : (H, W) bool, where they tell
    the colours of other places. shape : (V, 3) mm, the head's. behind : (H, W, 3) sRGB of the whole layout, what it
    probably looks like, also where `colours` are trusted, in their tone; or None."""
    progress.report(0.0, "Completing the texture")
    raster, template = layout.raster, layout.packed
    scale = layout.shape[0] / 2048.0
    around = _near_holes(layout, trusted & (share >= 1.0))
    if not around.any():
        return np.where(raster.covered[..., None], colours, 0.0).astype(np.float32)
    active = np.append(around, False)[raster.triangle]
    progress.report(0.2, "Completing the texture")
    texels = SurfaceTexels(layout, active)
    triangles = template.triangles[around]
    own, own_trusted = colours[active].astype(np.float64), trusted[active]
    own_low, share_known = texels.at_vertices(own, own_trusted)
    fixed = share_known >= _KNOWN_SHARE
    # Only what the picture behind lacks is transferred: it knows how the halves differ.
    back = np.zeros_like(colours) if behind is None else behind
    alike_low, alike_high = (1.0, 1.0) if behind is None else (_ALIKE_LOW, _ALIKE_HIGH)
    mirrored, has_mirror = _mirrored(texels, active, colours - back, trusted, layout, topology)
    mirror_low, share_mirrored = texels.at_vertices(mirrored, has_mirror)
    guided = share_mirrored >= _KNOWN_SHARE
    progress.report(0.4, "Completing the texture")
    back_low, _ = texels.at_vertices(back[active], np.ones(len(own), bool))
    guide = back_low + alike_low * mirror_low
    base = poisson_colours(shape, triangles, own_low, fixed, guide, guided, None if behind is None else back_low)
    detail = back[active] - texels.interpolated(back_low)
    mirrored_detail = alike_high * (mirrored - texels.interpolated(mirror_low))
    lips = topology.regions["lips"] & fixed
    if lips.any():
        # After the rest is solved, so that lips that nobody saw stay as bright as those that were.
        base[topology.regions["mouth_bag"] & ~fixed & ~guided] = _IN_THE_MOUTH * own_low[lips].mean(axis=0)
    progress.report(0.7, "Completing the texture")
    # High frequencies end where the mirrored half does.
    fading = _fade(has_mirror, active, _FADE * scale)[:, None]
    filled = texels.interpolated(base) + detail + fading * mirrored_detail
    lacking = np.zeros_like(colours)
    lacking[active] = own - filled
    skin_alike = np.abs(lacking).max(axis=2) < _SKINS_STEP
    filled += continued_over_skin(lacking, active & (share > KEPT) & skin_alike, layout, topology)[active]
    keep = share[active][:, None]
    result = np.where(raster.covered[..., None], colours, 0.0).astype(np.float32)
    result[active] = np.clip(keep * own + (1.0 - keep) * filled, 0.0, 1.0)
    progress.report(0.9, "Completing the texture")
    if behind is None:
        paint_eyes(result, share, raster, template, topology)
    return result


def _near_holes(layout: HeadLayout, whole: np.ndarray) -> np.ndarray:
    """(T,) bool, the triangles with texels that are not in the (H, W) mask and those around: the texels of all others
    stay as they are."""
    template, raster = layout.packed, layout.raster
    triangle = raster.triangle[raster.covered]
    holes = np.bincount(triangle, ~whole[raster.covered], minlength=len(template.triangles)) > 0
    near = np.zeros(len(template.vertices), bool)
    near[template.triangles[holes]] = True
    near = grow(template, near, _RINGS)
    return near[template.triangles].any(axis=1)


def _mirrored(
    texels: SurfaceTexels,
    active: np.ndarray,
    colours: np.ndarray,
    trusted: np.ndarray,
    layout: HeadLayout,
    topology: Topology,
) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) the colours of the other half at the active texels, and (N,) whether that half shows them."""
    places = _places_across(texels, active, layout, topology)
    found = np.flatnonzero(np.isfinite(places[:, 0]))
    height, width = trusted.shape
    column = np.clip(np.floor(places[found, 0] * width).astype(np.int64), 0, width - 1)
    row = np.clip(np.floor((1.0 - places[found, 1]) * height).astype(np.int64), 0, height - 1)
    result, shown = np.zeros((len(places), 3)), np.zeros(len(places), bool)
    result[found], shown[found] = colours[row, column], trusted[row, column]
    return result, shown


def _places_across(texels: SurfaceTexels, active: np.ndarray, layout: HeadLayout, topology: Topology) -> np.ndarray:
    """(N, 2) UVs of the active texels across the midline, NaN for those without a place there. The faces' partners
    tell, so that what lies close together (lids and eyeballs) keeps apart; faces without one (eyeballs) are searched
    among themselves."""
    template = layout.packed
    across = mirror_corners(template, topology.mirror)[template.triangle_corners]
    paired = (across >= 0).all(axis=1)
    triangle, weights = layout.raster.triangle[active], layout.raster.barycentrics[active].astype(np.float64)
    places = np.full((len(triangle), 2), np.nan)
    own = paired[triangle]
    places[own] = np.einsum("nk,nkd->nd", weights[own], template.uvs[across[triangle[own]]])
    if not own.all():
        alone, others = np.flatnonzero(~paired), np.flatnonzero(~own)
        reflected = texels.interpolated(template.vertices)[others] * (-1.0, 1.0, 1.0)
        hits = Surface(template.vertices, template.triangles[alone], layout.device).closest(reflected, _REACH)
        found = np.flatnonzero(hits.hit)
        corners = layout.triangles[alone[hits.triangles[found]]]
        places[others[found]] = np.einsum("nk,nkd->nd", hits.barycentrics[found], corners)
    return places


def poisson_colours(
    vertices: np.ndarray,
    triangles: np.ndarray,
    own: np.ndarray,
    known: np.ndarray,
    guide: np.ndarray,
    guided: np.ndarray,
    behind: np.ndarray | None = None,
) -> np.ndarray:
    """(V, 3) colours that are `own` where `known` and elsewhere on the (T, 3) triangles change as `guide` does where it
    is `guided`, else as `behind` does and not far from it, or without it as little as can be. Vertices off the
    triangles mean nothing. vertices : (V, 3) mm."""
    matrix = cotangent_laplacian(vertices, triangles)
    edges = sp.triu(matrix, 1).tocoo()
    weights = -edges.data
    both = guided[edges.row] & guided[edges.col]
    steps = np.where(both[:, None], guide[edges.row] - guide[edges.col], 0.0)
    hold, aim = np.full(len(vertices), _LOOSE), np.broadcast_to(np.asarray(_SKIN), own.shape)
    if behind is not None:
        steps = np.where(both[:, None], steps, behind[edges.row] - behind[edges.col])
        hold = np.maximum(vertex_areas(vertices, triangles) / _TONE_REACH**2, _LOOSE)
        aim = np.where(guided[:, None], guide, behind)
    steps *= weights[:, None]
    right = hold[:, None] * aim
    np.add.at(right, edges.row, steps)
    np.add.at(right, edges.col, -steps)
    used = np.zeros(len(known), bool)
    used[triangles] = True
    free = np.flatnonzero(used & ~known)
    result = np.where(known[:, None], own, aim)
    if not len(free):
        return result
    inner = matrix[free][:, free] + sp.diags(hold[free])
    load = right[free] - matrix[free][:, np.flatnonzero(known)] @ own[known]
    result[free] = SparseCholesky(inner).solve(load)
    return np.clip(result, 0.0, 1.0)


def _fade(shown: np.ndarray, active: np.ndarray, width: float) -> np.ndarray:
    """(N,) of the active texels: 0 outside the (N,) mask, rising to 1 over `width` texels within."""
    whole = np.ones(active.shape, bool)
    whole[active] = shown
    distance = distance_transform_edt(whole)[active] if not whole.all() else np.full(len(shown), np.inf)
    return np.where(shown, np.clip(distance / max(width, 1.0), 0.0, 1.0), 0.0)
