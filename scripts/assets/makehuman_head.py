"""The head of the MakeHuman base mesh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components, edge_table
from headbridge.topologies import Topology

from .mirror import mirror_map
from .regions import interiors, lips_between, lowest_boundary
from .rim_points import MAKEHUMAN as MAKEHUMAN_RIMS
from .rims import build_rims
from .sources import ObjFile, read_obj
from .transferred import drawn_onto, outer_triangles, transferred_landmarks, transferred_regions

MILLIMETRES = 100.0
# The cut, where the neck meets the shoulders: faces stay whose vertices all lie above a roof that rises to the sides
# (decimetres).
CUT_HEIGHT, CUT_SLOPE = 5.3, 0.3
NECK_TOP = 6.0
GROUPS = {
    "body": "skin",
    "helper-l-eye": "eyes",
    "helper-r-eye": "eyes",
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
    "helper-tongue": "tongue",
    "helper-l-eyelashes-1": "lashes",
    "helper-l-eyelashes-2": "lashes",
    "helper-r-eyelashes-1": "lashes",
    "helper-r-eyelashes-2": "lashes",
}


@dataclass(frozen=True)
class MakeHumanHead:
    """original_vertices (V,) int32: each vertex's index in the base mesh, for its morph targets and skins."""

    mesh: Mesh
    original_vertices: np.ndarray
    table: Topology


def build(folder: Path, hack_mesh: Mesh, hack: Topology) -> MakeHumanHead:
    mesh, original, part = _mesh(folder)
    mirror = mirror_map(mesh)
    points = {name: np.searchsorted(original, indices).tolist() for name, indices in MAKEHUMAN_RIMS.items()}
    rims = build_rims(mesh, mirror, points)
    inner = interiors(mesh, rims)
    hidden = np.any(list(inner.values()), axis=0)
    body = part == "skin"
    boundary = lowest_boundary(mesh, 2)
    no_match = ~body | hidden | boundary
    moved = drawn_onto(mesh, rims, None, no_match, hack_mesh, hack)
    regions = transferred_regions(mesh, moved, mirror, hack_mesh, hack)
    for mask in regions.values():
        mask &= ~no_match
    landmarks = transferred_landmarks(moved, outer_triangles(mesh, no_match), hack_mesh, hack.landmarks_68)
    x = mesh.vertices[:, 0]
    regions["lips"] = lips_between(mesh, rims)
    regions |= {
        "mouth_bag": inner["lips_inner"],
        "left_eye_socket": inner["left_lids"],
        "right_eye_socket": inner["right_lids"],
        "left_eyeball": (part == "eyes") & (x > 0),
        "right_eyeball": (part == "eyes") & (x < 0),
        "teeth": part == "teeth",
        "tongue": part == "tongue",
        "lashes": part == "lashes",
        "boundary": boundary,
    }
    skin = body & ~inner["lips_inner"] & ~inner["left_lids"] & ~inner["right_lids"]
    table = Topology(
        "makehuman",
        "MakeHuman",
        landmarks,
        landmarks.subset(slice(17, None)),
        regions,
        mirror,
        no_match,
        skin,
        rims,
    )
    return MakeHumanHead(mesh, original, table)


def _mesh(folder: Path) -> tuple[Mesh, np.ndarray, np.ndarray]:
    source = read_obj(folder / "base.obj")
    names = sorted(set(GROUPS.values()))
    above = source.vertices[:, 1] - CUT_SLOPE * np.abs(source.vertices[:, 0]) > CUT_HEIGHT
    chosen = [k for k, group in enumerate(source.groups) if group in GROUPS and above[source.faces[k]].all()]
    # A cut by height leaves the raised hands and the like behind: only what belongs to the head stays.
    whole = Mesh.from_faces(source.vertices, [source.faces[k] for k in chosen])
    component = connected_components(whole)
    body = np.unique(np.concatenate([source.faces[k] for k in chosen if source.groups[k] == "body"]))
    largest = np.bincount(component[body]).argmax()
    chosen = [k for k in chosen if source.groups[k] != "body" or component[source.faces[k][0]] == largest]
    chosen = _without_teeth(source, chosen)
    corners = np.concatenate([source.faces[k] for k in chosen])
    original, corners = np.unique(corners, return_inverse=True)
    face_part = [GROUPS[source.groups[k]] for k in chosen]
    sizes = np.array([len(source.faces[k]) for k in chosen])
    part = np.empty(len(original), dtype=object)
    part[corners] = np.repeat(face_part, sizes)
    mesh = Mesh(
        source.vertices[original] * MILLIMETRES,
        corners,
        sizes,
        uvs=source.uvs[np.concatenate([source.face_uvs[k] for k in chosen])],
        face_materials=[names.index(name) for name in face_part],
        material_names=tuple(names),
        name="MakeHuman head",
    )
    return mesh, original.astype(np.int32), part


def _without_teeth(source: ObjFile, chosen: list[int]) -> list[int]:
    """Smooth the cut: drop body faces that hang on by less than three sides below the chin, until none is left."""
    while True:
        mesh = Mesh.from_faces(source.vertices, [source.faces[k] for k in chosen])
        table = edge_table(mesh)
        single = np.add.reduceat((table.face_counts[table.corner_edges] == 1).astype(int), mesh.face_starts)
        height = np.array([source.vertices[source.faces[k], 1].max() for k in chosen])
        body = np.array([source.groups[k] == "body" for k in chosen])
        hanging = (single >= 2) & body & (height < NECK_TOP)
        if not hanging.any():
            return chosen
        chosen = [k for k, loose in zip(chosen, hanging) if not loose]
