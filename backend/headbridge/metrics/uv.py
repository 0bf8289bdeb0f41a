"""All quality numbers of a UV layout that a mesh was given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.uv_layout import signed_areas, uv_layout
from ..topologies import Topology
from .statistics import summary
from .uv_distortion import layout_summary
from .uv_landmarks import LANDMARK_GROUPS, landmark_uv_errors
from .uv_mirror import mirror_asymmetry
from .uv_overlap import covered_texels

# Lengths in the layout are told in pixels of a picture this wide, whatever size the coverage is measured at.
PIXELS = 1024


def uv_metrics(
    target: Mesh,
    corner_uvs: np.ndarray,
    *,
    source: Mesh | None = None,
    source_topology: Topology | None = None,
    target_topology: Topology | None = None,
    held_out_px: np.ndarray | None = None,
    size: int = 1024,
    device: str = "cpu",
) -> dict[str, Any]:
    """JSON-able quality numbers of a layout, (C, 2) `corner_uvs` as they are stored, on `target`'s corners.

    `source` is the mesh whose layout it is meant to be. Skin is what the target's topology calls so, and every vertex
    without one; a triangle belongs to it with all three corners. Pixels are those of a picture of 1024 pixels.

    triangles : "all" and "skin", how many there are.
    flipped : triangles without area or flipped against most of their chart: "count", "area" (UV units), "skin_count".
    covered_twice : share of the covered texel centres, at `size` pixels a UDIM tile, that more than one triangle
        covers: "all", "skin" (among skin triangles only), and the number of "texels" covered by any.
    symmetric_dirichlet : "skin" and "all", each "median", "area_mean", "scale" (`uv_distortion`).
    smear : "count" and "area_share" of skin triangles that reach across a seam (`uv_distortion.smeared_triangles`).
    longest_edge : "skin" and "all", longest side of a UV triangle, UV units.
    mirror_asymmetry_px : "median", "p95", "axis" ("u" or "v", constant on it), "at" (`uv_mirror`), over the skin; None
        for a topology without sides or a layout that is not the same on both.
    landmarks_px : "used": count, mean, p95, max and "groups" (mean by part of the face) of the distances between where
        the source's layout and this one have the 51 landmarks; "held_out": the same of `held_out_px` (51,), distances
        of landmarks that were not used, or None. None without landmarks on both sides.

    Raises `InputError` when UVs, a topology and its mesh differ in size.
    """
    corner_uvs = np.asarray(corner_uvs, np.float32)
    _check_sizes(target, corner_uvs, target_topology)
    skin_vertices = target_topology.skin if target_topology else np.ones(len(target.vertices), bool)
    skin = skin_vertices[target.triangles].all(axis=1)
    uvs = corner_uvs[target.triangle_corners].astype(np.float64)
    areas = signed_areas(uvs)
    flipped = uv_layout(replace(target, uvs=corner_uvs)).flipped()
    return {
        "triangles": {"all": len(uvs), "skin": int(skin.sum())},
        "flipped": {
            "count": int(flipped.sum()),
            "area": float(np.abs(areas[flipped]).sum()),
            "skin_count": int((flipped & skin).sum()),
        },
        "covered_twice": _coverage(uvs, skin, size, device),
        **layout_summary(target, corner_uvs, skin),
        "mirror_asymmetry_px": _mirror(target, corner_uvs, skin_vertices, source, source_topology, target_topology),
        "landmarks_px": _landmarks(target, corner_uvs, source, source_topology, target_topology, held_out_px),
    }


def _check_sizes(target: Mesh, corner_uvs: np.ndarray, topology: Topology | None) -> None:
    if corner_uvs.shape != (len(target.corners), 2):
        raise InputError(
            f"{target.name}: corner UVs should have shape {(len(target.corners), 2)}, not {corner_uvs.shape}."
        )
    if not np.isfinite(corner_uvs).all():
        raise InputError(f"{target.name}: corner UVs should be finite numbers.")
    if topology is not None and len(topology.skin) != len(target.vertices):
        raise InputError(
            f"{target.name} has {len(target.vertices)} vertices, the {topology.label} topology {len(topology.skin)}."
        )


def _coverage(uvs: np.ndarray, skin: np.ndarray, size: int, device: str) -> dict[str, float | int]:
    texels, twice = covered_texels(uvs, size, device)
    skin_texels, skin_twice = (texels, twice) if skin.all() else covered_texels(uvs[skin], size, device)
    return {"all": twice / max(texels, 1), "skin": skin_twice / max(skin_texels, 1), "texels": texels}


def _mirror(target, corner_uvs, skin, source, source_topology, target_topology) -> dict[str, float | str] | None:
    if target_topology is None or target_topology.mirror is None:
        return None
    if source is not None and source.uvs is not None and source_topology is not None:
        # Whether there should be symmetry at all is the source layout's to say.
        mirror, members = source_topology.mirror, source_topology.skin
        if mirror is None or mirror_asymmetry(source, source.uvs, mirror, members) is None:
            return None
    found = mirror_asymmetry(target, corner_uvs, target_topology.mirror, skin)
    if found is None:
        return None
    distances, axis = found
    numbers = summary(PIXELS * distances)
    return {
        "median": numbers["median"],
        "p95": numbers["p95"],
        "axis": "uv"[axis.coordinate],
        "at": axis.value,
    }


def _landmarks(target, corner_uvs, source, source_topology, target_topology, held_out_px) -> dict[str, Any] | None:
    if source is None or source_topology is None or target_topology is None:
        return None
    errors = landmark_uv_errors(source, source_topology, target, target_topology, corner_uvs)
    if errors is None:
        return None
    return {
        "used": _landmark_summary(PIXELS * errors),
        "held_out": None if held_out_px is None else _landmark_summary(np.asarray(held_out_px, np.float64)),
    }


def _landmark_summary(pixels: np.ndarray) -> dict[str, Any]:
    def shown(values: np.ndarray) -> np.ndarray:
        return values[np.isfinite(values)]

    numbers = summary(shown(pixels))
    groups = {name: summary(shown(pixels[members]))["mean"] for name, members in LANDMARK_GROUPS.items()}
    return {**{key: numbers[key] for key in ("count", "mean", "p95", "max")}, "groups": groups}
