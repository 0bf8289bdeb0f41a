"""Maps the target's skin into the source's layout: labels, cuts, UVs, landmarks, symmetry, seams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.normals import normalized, vertex_normals
from ..metrics.uv_landmarks import landmark_uvs
from .cut import CutMesh, cut_edges, cut_mesh
from .edges import shared_edges
from .free_regions import faces_without_room, repair_cuts, spread_labels
from .labels import FREE_CUT, vote
from .landmark_correction import landmark_shift
from .matching import Counterparts, far_faces, find_counterparts, interior_vertices, main_component
from .overhang import make_room
from .overlay import Overlay
from .patches import Patches, PointMapper
from .snapping import snap_seams
from .symmetry import Reflections, symmetric_labels

# Heads of which less than this share of the target's skin has a counterpart do not lie on each other.
_LEAST_MATCHED = 0.2


@dataclass(frozen=True, eq=False)
class Mapping:
    """The target's main part in the source's layout, not repaired yet.

    part : the main part as a mesh of its own (all the target's vertices, its faces only); part_corners : (C,) bool,
    which of the target's corners are in it.
    cut : its seams; triangles : (T, 3) UV points of `part.triangles`; uvs : (N, 2).
    weights : (N,) how much of a counterpart every point has, 0 where it is free.
    held : (N,) bool, points kept on the source's seams; pinned : (N,) bool, points around a longer neck or a bust: of the
    open boundary and the seams that lead there.
    apart : (F,) bool, faces of the part that the layout has no room for: they only hold its border open while it is
    repaired, and are placed beside it.
    """

    part: Mesh
    part_corners: np.ndarray
    cut: CutMesh
    triangles: np.ndarray
    uvs: np.ndarray
    weights: np.ndarray
    held: np.ndarray
    pinned: np.ndarray
    apart: np.ndarray

    @property
    def placed_corners(self) -> np.ndarray:
        """(C,) bool, which of the target's corners have their place in the source's layout."""
        placed = self.part_corners.copy()
        placed[self.part_corners] = ~np.repeat(self.apart, self.part.face_sizes)
        return placed

    @property
    def triangles_apart(self) -> np.ndarray:
        """(T,) bool, triangles of the faces that are apart."""
        return np.repeat(self.apart, self.part.face_sizes - 2)


def map_layout(
    overlay: Overlay,
    patches: Patches,
    mapper: PointMapper,
    *,
    symmetry: bool,
    device: str,
    landmarks: np.ndarray | None = None,
) -> Mapping:
    """Give every UV point of the target's main part its UV where it has a counterpart.

    landmarks : (51,) bool, the common landmarks whose residuals correct the map; None for all. Raises `InputError` when
    the heads do not lie on each other.
    """
    target, topology, positions = overlay.target, overlay.target_topology, overlay.target_positions
    main = main_component(target, topology)[target.corners[target.face_starts]]
    skin, _ = _faces_of(target, main)
    normals = vertex_normals(positions, skin.triangles)
    candidates = np.ones(len(positions), bool) if topology is None else ~interior_vertices(topology)
    found = find_counterparts(positions, normals, patches, candidates, device)
    _check_contact(overlay, found, candidates & np.isin(np.arange(len(positions)), skin.corners))
    main[main] = ~far_faces(skin, found)
    part, part_corners = _faces_of(target, main)

    edges = shared_edges(part)
    free_faces = np.minimum.reduceat(found.weights[part.corners], part.face_starts) == 0.0
    centres = np.add.reduceat(positions[part.corners], part.face_starts) / part.face_sizes[:, None]
    face_normals = normalized(np.add.reduceat(normals[part.corners], part.face_starts))
    labels = vote(edges, positions, normals, centres, face_normals, mapper)
    symmetric = symmetry and topology is not None and topology.mirror is not None
    if symmetric:
        labels = symmetric_labels(labels, part, topology.mirror)
    labels = spread_labels(labels, free_faces, edges, centres)
    borders = repair_cuts(cut_edges(edges, labels, positions, normals, mapper), labels, free_faces, edges)
    cut = cut_mesh(part, edges, borders, labels)
    triangles = cut.corner_points[part.triangle_corners]

    places, weights = positions[cut.point_vertices], found.weights[cut.point_vertices]
    uvs = mapper.uvs(places, cut.point_patches, normals[cut.point_vertices])
    apart = np.zeros(len(part.face_sizes), bool)
    if topology is None:
        apart = faces_without_room(part, positions, found, triangles, uvs)
    reflections = None
    if symmetric:
        reflections = Reflections(part, cut.corner_points, triangles, uvs, topology.mirror, weights > 0.0)
    if overlay.common_landmarks:
        shift = _landmark_shift(overlay, part, cut, uvs, places, landmarks)
        uvs = uvs + (0.5 * (shift + reflections.offset(shift)) if reflections else shift)
    if reflections:
        uvs = reflections.average(uvs, weights)
    uvs, snapped = snap_seams(uvs, cut, positions, patches)
    room = make_room(uvs, weights, cut, triangles, part, positions, found, patches)
    held = (snapped | _past_seams(mapper, cut, places, normals)) & (room.weights > 0.0)
    return Mapping(part, part_corners, cut, triangles, room.uvs, room.weights, held, room.pinned, apart)


def _check_contact(overlay: Overlay, found: Counterparts, expected: np.ndarray) -> None:
    share = (found.weights[expected] > 0.0).mean()
    if share >= _LEAST_MATCHED:
        return
    fix = (
        "give the mesh as a registration wrote it, in the same units and place as the other head"
        if overlay.given
        else "register the two with landmark pairs first, and give the result as the registered mesh"
    )
    raise InputError(
        f"Only {100.0 * share:.0f} % of {overlay.target.name} lies on {overlay.source.name} after registration; {fix}."
    )


def _faces_of(target: Mesh, faces: np.ndarray) -> tuple[Mesh, np.ndarray]:
    """The mesh of some faces, (F,) bool, with all vertices of the target; (C,) bool, which corners are theirs."""
    corners = np.repeat(faces, target.face_sizes)
    return Mesh(target.vertices, target.corners[corners], target.face_sizes[faces], name=target.name), corners


def _past_seams(mapper: PointMapper, cut: CutMesh, places: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(N,) bool, points that lie beyond a seam which ends their patch, where no cut could be made: on the last row of
    faces. They stay on that seam, since nothing is painted beyond it."""
    normals = normals[cut.point_vertices]
    nearest = np.argmin(mapper.patch_costs(places, normals), axis=1)
    other = np.flatnonzero(nearest != cut.point_patches)
    out = np.zeros(len(places), bool)
    own, across = (mapper.uvs(places[other], s[other], normals[other]) for s in (cut.point_patches, nearest))
    out[other] = np.linalg.norm(own - across, axis=1) > FREE_CUT
    return out


def _landmark_shift(overlay: Overlay, part: Mesh, cut: CutMesh, uvs, places, chosen) -> np.ndarray:
    source, target = overlay.source_topology, overlay.target_topology
    wanted = landmark_uvs(overlay.source, overlay.source.uvs, source.landmarks_51, source.skin)
    found = landmark_uvs(part, uvs[cut.corner_points], target.landmarks_51, target.skin)
    shown = np.isfinite(wanted).all(axis=1) & np.isfinite(found).all(axis=1)
    if chosen is not None:
        shown &= chosen
    landmark_places = target.landmarks_51.evaluate(overlay.target_positions)
    return landmark_shift(places, landmark_places[shown], (wanted - found)[shown])
