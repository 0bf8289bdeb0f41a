"""The head of the MakeHuman base mesh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components
from headbridge.topologies import Topology

from .mirror import mirror_map
from .regions import lowest_boundary
from .sources import read_obj

MILLIMETRES = 100.0
# The cut: faces of the groups below whose vertices all lie higher than this (decimetres), where the neck meets the
# shoulders.
CUT_HEIGHT = 5.42
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
    x = mesh.vertices[:, 0]
    skin = part == "skin"
    boundary = lowest_boundary(mesh, 2)
    regions = {
        "boundary": boundary,
        "left_eyeball": (part == "eyes") & (x > 0),
        "right_eyeball": (part == "eyes") & (x < 0),
        "teeth": part == "teeth",
        "tongue": part == "tongue",
        "lashes": part == "lashes",
    }
    table = Topology("makehuman", "MakeHuman", None, None, regions, mirror, ~skin | boundary, skin, {})
    return MakeHumanHead(mesh, original, table)


def _mesh(folder: Path) -> tuple[Mesh, np.ndarray, np.ndarray]:
    source = read_obj(folder / "base.obj")
    names = sorted(set(GROUPS.values()))
    chosen = [
        k
        for k, group in enumerate(source.groups)
        if group in GROUPS and source.vertices[source.faces[k], 1].min() > CUT_HEIGHT
    ]
    # A cut by height leaves the raised hands and the like behind: only what belongs to the head stays.
    whole = Mesh.from_faces(source.vertices, [source.faces[k] for k in chosen])
    component = connected_components(whole)
    body = np.unique(np.concatenate([source.faces[k] for k in chosen if source.groups[k] == "body"]))
    largest = np.bincount(component[body]).argmax()
    chosen = [k for k in chosen if source.groups[k] != "body" or component[source.faces[k][0]] == largest]
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
