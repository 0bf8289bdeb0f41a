"""How a UV layout stretches a surface, and where it smears across a seam."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import vertex_rings
from ..mesh.normals import triangle_areas
from ..mesh.uv_layout import signed_areas

# Ill-shaped triangles would rule a mean: a triangle counts at most this much.
ENERGY_CLIP = 100.0
# A smeared triangle has a side so many times as long in the layout as the sides around it let expect, and so many times
# as long as the layout's typical triangle: slivers are stretched as much in honest layouts, but lead nowhere.
SMEAR_STRETCH = 8.0
SMEAR_LENGTH = 4.0


def global_scale(positions: np.ndarray, uvs: np.ndarray) -> float:
    """UV units per unit of length that give (T, 3, 3) triangles the total area they have as (T, 3, 2) in the layout."""
    corners = np.arange(3 * len(positions)).reshape(-1, 3)
    surface = triangle_areas(positions.reshape(-1, 3), corners).sum()
    return float(np.sqrt(np.abs(signed_areas(uvs)).sum() / surface)) if surface > 0.0 else 0.0


def symmetric_dirichlet(positions: np.ndarray, uvs: np.ndarray, scale: float) -> np.ndarray:
    """(T,) (s1^2 + s2^2 + s1^-2 + s2^-2) / 4 of the maps from triangles in space to the plane; 1 for an isometry.

    positions : (T, 3, 3) corners in space; uvs : (T, 3, 2) corners in the layout; scale : UV units per unit of length
    that count as undistorted. s1 and s2 are the map's singular values over `scale`, both positive, so that a mirrored
    triangle has the energy of its image. Infinite for a triangle without area in the layout or in space.

    (Smith and Schaefer 2015, "Bijective Parameterization with Free Boundaries".)
    """
    e, f = positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0]
    d, g = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    ee, ff, ef = (np.einsum("td,td->t", a, b) for a, b in ((e, e), (f, f), (e, f)))
    dd, gg, dg = (np.einsum("td,td->t", a, b) for a, b in ((d, d), (g, g), (d, g)))
    gram = ee * ff - ef**2
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = (dd * ff - 2.0 * dg * ef + gg * ee) / (gram * scale**2)
        determinant = 2.0 * signed_areas(uvs) / (np.sqrt(np.maximum(gram, 0.0)) * scale**2)
        energy = (squares + squares / determinant**2) / 4.0
    return np.where(np.isfinite(energy), energy, np.inf)


def distortion_summary(positions: np.ndarray, uvs: np.ndarray) -> dict[str, float | None]:
    """median and area_mean (weighted by area in space, a triangle at most `ENERGY_CLIP`) of the `symmetric_dirichlet`
    energy of (T, 3, 3) and (T, 3, 2) triangles at their own global scale, and that scale; None where there is nothing
    to measure."""
    scale = global_scale(positions, uvs) if len(positions) else 0.0
    if scale == 0.0:
        return {"median": None, "area_mean": None, "scale": None}
    energy = np.minimum(symmetric_dirichlet(positions, uvs, scale), ENERGY_CLIP)
    areas = triangle_areas(positions.reshape(-1, 3), np.arange(3 * len(positions)).reshape(-1, 3))
    return {"median": float(np.median(energy)), "area_mean": float(np.average(energy, weights=areas)), "scale": scale}


def smeared_triangles(mesh: Mesh, corner_uvs: np.ndarray) -> np.ndarray:
    """(T,) bool, triangles of the mesh (`Mesh.triangles`) that reach across a seam of their layout.

    A layout cut along a seam keeps lengths up to a scale that changes slowly. The local scale at a vertex is the
    median over its two-ring of each vertex's median ratio of UV to spatial length of its triangles' sides. A triangle
    is smeared when one of its sides is 8 times as long as the largest local scale of its corners gives, and 4 times
    as long as the median over the mesh of a triangle's longest side. No triangle of the built-in heads' own layouts is.
    """
    triangles, uvs = mesh.triangles, np.asarray(corner_uvs, np.float64)[mesh.triangle_corners]
    positions = mesh.vertices[triangles]
    lengths = _side_lengths(positions)
    sides = _side_lengths(uvs)
    ratios = sides / np.where(lengths > 0.0, lengths, 1.0)
    ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2)
    measured = lengths > 0.0
    vertices, values = ends[measured].reshape(-1), np.repeat(ratios[measured], 2)
    at_vertex = _grouped_median(vertices, values, len(mesh.vertices))
    rings = vertex_rings(mesh, 2).tocoo()
    known = np.isfinite(at_vertex[rings.col])
    scale = _grouped_median(rings.row[known], at_vertex[rings.col[known]], len(mesh.vertices))
    expected = np.fmax.reduce(scale[triangles], axis=1)[:, None]
    typical = np.median(sides.max(axis=1)) if len(sides) else 0.0
    return (measured & (ratios > SMEAR_STRETCH * expected) & (sides > SMEAR_LENGTH * typical)).any(axis=1)


def _side_lengths(triangles: np.ndarray) -> np.ndarray:
    """(T, 3) lengths of the sides from each corner of (T, 3, D) triangles to the next."""
    return np.linalg.norm(np.roll(triangles, -1, axis=1) - triangles, axis=2)


def _grouped_median(groups: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """(count,) the lower median of the values of each group, NaN for an empty one."""
    order = np.lexsort((values, groups))
    sizes = np.bincount(groups, minlength=count)
    middle = np.cumsum(sizes) - sizes + (sizes - 1) // 2
    medians = np.full(count, np.nan)
    medians[sizes > 0] = values[order][middle[sizes > 0]]
    return medians


def layout_summary(mesh: Mesh, corner_uvs: np.ndarray, skin: np.ndarray) -> dict[str, Any]:
    """Distortion, smear and longest sides of a layout, JSON-able; `skin` (T,) bool chooses triangles of the mesh."""
    uvs = np.asarray(corner_uvs, np.float64)[mesh.triangle_corners]
    positions = mesh.vertices[mesh.triangles]
    areas = triangle_areas(mesh.vertices, mesh.triangles)
    smeared = smeared_triangles(mesh, corner_uvs) & skin
    longest = _side_lengths(uvs).max(axis=1)
    return {
        "symmetric_dirichlet": {
            "skin": distortion_summary(positions[skin], uvs[skin]),
            "all": distortion_summary(positions, uvs),
        },
        "smear": {
            "count": int(smeared.sum()),
            "area_share": float(areas[smeared].sum() / max(areas[skin].sum(), np.finfo(float).tiny)),
        },
        "longest_edge": {"skin": float(longest[skin].max(initial=0.0)), "all": float(longest.max(initial=0.0))},
    }
