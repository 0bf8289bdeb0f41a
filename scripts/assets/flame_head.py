"""The FLAME template with its UV layout and published landmarks, and the regions transferred from HACK."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components
from headbridge.topologies import Landmarks, Topology

from .mirror import mirror_map
from .regions import interiors, lips_between, lowest_boundary
from .rim_points import FLAME as FLAME_RIMS
from .rims import build_rims
from .sources import read_landmark_embedding, read_obj, read_triangle_ply
from .tables import NAMES_51, NAMES_68
from .transferred import drawn_onto, transferred_regions

MILLIMETRES = 1000.0
LEFT_EYEBALL, RIGHT_EYEBALL = (3931, 4477), (4477, 5023)


@dataclass(frozen=True)
class FlameHead:
    mesh: Mesh
    table: Topology


def build(folder: Path, hack_mesh: Mesh, hack: Topology) -> FlameHead:
    mesh = _mesh(folder)
    landmarks_68 = _landmarks(folder / "flame_static_embedding_68.pkl", mesh, NAMES_68)
    landmarks_51 = _landmarks(folder / "flame_static_embedding.pkl", mesh, NAMES_51)
    index = np.arange(len(mesh.vertices))
    mirror = mirror_map(mesh)
    rims = build_rims(mesh, mirror, FLAME_RIMS)
    inner = interiors(mesh, rims)
    head = connected_components(mesh) == 0
    hidden = np.any(list(inner.values()), axis=0)
    # Four rings: the published masks' `boundary` has as many vertices.
    boundary = lowest_boundary(mesh, 4)
    skin = head & ~inner["lips_inner"] & ~inner["left_lids"] & ~inner["right_lids"]
    no_match = hidden | ~head | boundary
    moved = drawn_onto(mesh, rims, landmarks_51, no_match, hack_mesh, hack)
    regions = transferred_regions(mesh, moved, mirror, hack_mesh, hack)
    for mask in regions.values():
        mask &= ~no_match
    regions["lips"] = lips_between(mesh, rims)
    regions |= {
        "mouth_bag": inner["lips_inner"],
        "left_eye_socket": inner["left_lids"],
        "right_eye_socket": inner["right_lids"],
        "left_eyeball": (index >= LEFT_EYEBALL[0]) & (index < LEFT_EYEBALL[1]),
        "right_eyeball": (index >= RIGHT_EYEBALL[0]) & (index < RIGHT_EYEBALL[1]),
        "boundary": boundary,
    }
    return FlameHead(
        mesh, Topology("flame", "FLAME", landmarks_68, landmarks_51, regions, mirror, no_match, skin, rims)
    )


def _mesh(folder: Path) -> Mesh:
    vertices, triangles = read_triangle_ply(folder / "template.ply")
    layout = read_obj(folder / "head_template_uv.obj")
    other, other_uv = np.array(layout.faces), np.array(layout.face_uvs)
    # Both files list the same triangles; each is matched by its sorted corners, and its corners one by one.
    order, order_other = np.lexsort(np.sort(triangles, axis=1).T), np.lexsort(np.sort(other, axis=1).T)
    corner, corner_other = np.argsort(triangles[order], axis=1), np.argsort(other[order_other], axis=1)
    same = np.take_along_axis(triangles[order], corner, 1) == np.take_along_axis(other[order_other], corner_other, 1)
    if not same.all():
        raise ValueError("the FLAME UV layout does not have the template's faces")
    uv_index = np.empty_like(triangles)
    rows = np.empty_like(triangles)
    np.put_along_axis(rows, corner, np.take_along_axis(other_uv[order_other], corner_other, 1), axis=1)
    uv_index[order] = rows
    return Mesh.from_faces(
        vertices * MILLIMETRES, triangles, uvs=layout.uvs[uv_index.reshape(-1)], name="FLAME template"
    )


def _landmarks(path: Path, mesh: Mesh, names) -> Landmarks:
    triangles, weights = read_landmark_embedding(path)
    return Landmarks(mesh.triangles[triangles], weights, tuple(names))
