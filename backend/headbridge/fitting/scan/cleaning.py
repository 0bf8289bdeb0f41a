"""Making a scan a surface that can be fitted, and saying what that took."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.adjacency import connected_components, edge_table
from ...mesh.normals import triangle_areas
from ...mesh.validate import check_mesh

# Fewer triangles do not show a face.
_FEWEST_TRIANGLES = 500
# The largest share of edges at which faces may look to opposite sides.
_MOST_TURNED = 0.01


def clean_scan(scan: Mesh) -> tuple[Mesh, list[str]]:
    """The scan's largest part as a sound surface, and notes on what was left out.

    Vertices at one place become one, triangles that are nothing, doubled, turned against
    their neighbours, or at edges of more than two go, and so do loose parts.
    A scan that needs none of this stays as it is. Raises `InputError` for coordinates that are not finite, no
    surface, too little of it, and neighbours that disagree about the outside."""
    _refuse_broken(scan)
    notes: list[str] = []
    distinct, place = np.unique(scan.vertices, axis=0, return_inverse=True)
    welded = len(scan.vertices) - len(distinct)
    triangles = place.reshape(-1)[scan.triangles] if welded else scan.triangles
    kept = _sound(triangles)
    sound = int(kept.sum())
    if sound < len(kept):
        notes.append(
            f"Scan: {len(kept) - sound} faces that were doubled, empty, turned or at edges of more than two "
            "were left out."
        )
    vertices = distinct if welded else scan.vertices
    labels = connected_components(Mesh.from_faces(vertices, triangles[kept]))[triangles[:, 0]]
    areas = np.bincount(labels[kept], triangle_areas(vertices, triangles[kept]))
    main = int(np.argmax(areas))
    parts = int((areas > 0.0).sum())
    if parts > 1:
        share = 1.0 - areas[main] / areas.sum()
        notes.append(
            f"Scan: {parts - 1} loose parts with {share:.1%} of the surface were left out; the largest was kept."
        )
        kept &= labels == main
    if kept.sum() < _FEWEST_TRIANGLES:
        raise InputError(
            f"'{scan.name}' is too small: its largest part has {int(kept.sum())} triangles, and a face shows from "
            f"about {_FEWEST_TRIANGLES}; export the scan in full resolution, or merge its vertices by distance."
        )
    if kept.all() and not welded:
        check_mesh(scan, "scan")
        return scan, notes
    used, corners = np.unique(triangles[kept], return_inverse=True)
    uvs = None if scan.uvs is None else scan.uvs[scan.triangle_corners[kept]].reshape(-1, 2)
    cleaned = Mesh.from_faces(vertices[used], corners.reshape(-1, 3).astype(np.int32), uvs=uvs, name=scan.name)
    check_mesh(cleaned, "scan")
    return cleaned, notes


def _refuse_broken(scan: Mesh) -> None:
    if not len(scan.vertices) or not len(scan.triangles):
        raise InputError(f"'{scan.name}' has no faces; point clouds must be meshed first.")
    broken = ~np.isfinite(scan.vertices).all(axis=1)
    if broken.any():
        raise InputError(
            f"'{scan.name}' has {int(broken.sum())} vertices with NaN or infinite coordinates, the first is vertex "
            f"{int(np.argmax(broken))}; delete or move them."
        )
    if scan.uvs is not None and not np.isfinite(scan.uvs).all():
        raise InputError(f"'{scan.name}' has UVs that are NaN or infinite; unwrap it again or export it without UVs.")


def _sound(triangles: np.ndarray) -> np.ndarray:
    """(T,) bool, triangles with three corners, each once, no third one at any edge, and neighbours that agree."""
    ordered = np.sort(triangles, axis=1)
    kept = (ordered[:, 0] < ordered[:, 1]) & (ordered[:, 1] < ordered[:, 2])
    first = np.zeros(len(triangles), bool)
    first[np.unique(ordered, axis=0, return_index=True)[1]] = True
    kept &= first
    indices = np.flatnonzero(kept)
    table = edge_table(Mesh.from_faces(np.zeros((int(triangles.max()) + 1, 3)), triangles[indices]))
    at_fault = table.face_counts > 2
    # A few neighbours that disagree about the outside are debris; many are a scan whose normals must be mended.
    starts = triangles[indices].reshape(-1)
    forward = np.bincount(table.corner_edges, starts < table.corner_ends, minlength=len(table.edges))
    turned = (table.face_counts == 2) & (forward != 1)
    if turned.mean() < _MOST_TURNED:
        at_fault |= turned
    kept[indices[at_fault[table.corner_edges].reshape(-1, 3).any(axis=1)]] = False
    return kept
