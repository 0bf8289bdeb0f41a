"""Which texels take the colours of a photo, and how far."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial import cKDTree

from ...mesh.adjacency import connected_labels
from ...mesh.normals import vertex_areas
from ...texture.atlas.layout import HeadLayout
from ...topologies import Topology
from .projection import SeenTexels

# Face and scalp take all that is known of the photo, so far inside the outline, mm, that it is no background; elsewhere,
# and around them within so many mm, only skin counts.
TAKEN = ("face", "scalp", "mouth_bag", "left_eye_socket", "right_eye_socket", "left_eyeball", "right_eyeball")
NOT_TAKEN = ("neck", "left_ear", "right_ear")
INSIDE, _INSIDE_FADE, _REGION_EDGE = 5.0, 8.0, 15.0
# Skin that the light hardly reaches shows noise and other light than the fitted one: shares of the usual shading between
# which it is painted ever more.
_DARK, _LIT = 0.12, 0.3
# Islands and spikes of what is seen that are narrower than this are left out, in texels of 1024.
_SLIVER = 5.0
# So are patches smaller than this share of the largest.
_ISLAND = 0.04
# Towards skin that is not seen colours fade within so many texels of 1024.
_FEATHER = 8.0


def region_share(layout: HeadLayout, topology: Topology, names: tuple[str, ...], but: tuple[str, ...]) -> np.ndarray:
    """(N,) of the covered texels: 1 in the regions, falling to 0 around them, 0 in the regions `but`."""
    vertices = layout.packed.vertices
    inside, outside = (
        np.logical_or.reduce([topology.regions[name] for name in chosen if name in topology.regions])
        for chosen in (names, but)
    )
    away, _ = cKDTree(vertices[inside]).query(vertices)
    at_vertices = np.where(outside, 0.0, np.clip(1.0 - away / _REGION_EDGE, 0.0, 1.0))
    return at_texels(layout, at_vertices)


def at_texels(layout: HeadLayout, at_vertices: np.ndarray) -> np.ndarray:
    """(N,) float32 at the covered texels, from (V,) values at the vertices."""
    corners = layout.packed.triangles[layout.raster.triangle[layout.covered]]
    return np.einsum("nk,nk->n", layout.raster.barycentrics[layout.covered], at_vertices.astype(np.float32)[corners])


def own_share(seen: SeenTexels, taken: np.ndarray, scalp: np.ndarray) -> np.ndarray:
    """(N,) how far a photo's colours are painted; taken : (N,) share of the regions that take all that is known, and
    scalp : of the one that takes hair."""
    inside = np.clip((seen.outline - INSIDE) / _INSIDE_FADE, 0.0, 1.0)
    lit = np.clip((lit_share(seen) - _DARK) / (_LIT - _DARK), 0.0, 1.0)
    return lit * seen.trust * np.maximum(seen.known * np.maximum(taken * inside, seen.skin), scalp * inside * seen.hair)


def lit_share(seen: SeenTexels) -> np.ndarray:
    """(N,) 0..1, how bright the light on the texels is against the usual one of those that are seen well."""
    shading = seen.shading.mean(axis=1)
    usual = float(np.median(shading[seen.trust > 0.5])) if (seen.trust > 0.5).any() else 1.0
    return np.clip(shading / max(usual, 1e-6), 0.0, 1.0)


def _without_islands(share: np.ndarray, layout: HeadLayout, topology: Topology) -> np.ndarray:
    """(N,) 0..1, falling to 0 where skin is seen in patches that are small against the largest one."""
    mesh = layout.packed
    corners = mesh.triangles[layout.raster.triangle[layout.covered]]
    weights = layout.raster.barycentrics[layout.covered]
    count = len(mesh.vertices)
    seen = np.bincount(corners.ravel(), (weights * share[:, None]).ravel(), count)
    seen = seen > 0.5 * np.bincount(corners.ravel(), weights.ravel(), count)
    pairs = np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]]])
    patch = connected_labels(count, pairs[(seen & ~topology.no_match)[pairs].all(axis=1)])
    areas = np.bincount(patch, np.where(seen, vertex_areas(mesh.vertices, mesh.triangles), 0.0))
    kept = (areas >= _ISLAND * areas.max())[patch] | topology.no_match | ~seen
    return np.einsum("nk,nk->n", weights, kept[corners].astype(np.float32))


def feathered(share: np.ndarray, layout: HeadLayout, topology: Topology) -> np.ndarray:
    """(N,) share of the covered texels, fading towards skin that is not seen, and without what is narrower than a few
    texels."""
    share = share * _without_islands(share, layout, topology)
    hidden = np.append(topology.no_match[layout.packed.triangles].any(axis=1), True)[layout.raster.triangle]
    unseen = layout.covered & ~hidden & (pictured(layout, share, 0) < 0.02)
    if unseen.any():
        away = distance_transform_edt(~unseen)[layout.covered]
        share = share * np.clip(away / (_FEATHER * layout.shape[0] / 1024.0), 0.0, 1.0)
    sigma = _SLIVER * layout.shape[0] / 1024.0
    around = gaussian_filter(pictured(layout, share, 0), sigma)[layout.covered]
    around /= np.maximum(gaussian_filter(layout.covered.astype(np.float32), sigma)[layout.covered], 1e-3)
    return share * np.clip(2.0 * around - 0.5, 0.0, 1.0)


def pictured(layout: HeadLayout, values: np.ndarray, channels: int) -> np.ndarray:
    """(H, W) or (H, W, C) of values at the covered texels, 0 elsewhere."""
    picture = np.zeros((*layout.shape, channels) if channels else layout.shape, np.float32)
    picture[layout.covered] = values
    return picture
