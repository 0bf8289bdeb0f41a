"""The FLAME template with its UV layout and published landmarks, and the regions carried over from HACK."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components
from headbridge.mesh.normals import vertex_normals
from headbridge.topologies import Landmarks, Topology

from .carry import carry_labels, curve_targets, register_quickly
from .mirror import mirror_map
from .regions import interiors, lips_between, lowest_boundary
from .rim_points import FLAME as FLAME_RIMS
from .rims import build_rims
from .sources import read_landmark_embedding, read_obj, read_triangle_ply
from .tables import NAMES_51, NAMES_68

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
    regions = carried_regions(mesh, landmarks_51, rims, mirror, ~head | hidden | boundary, hack_mesh, hack)
    for mask in regions.values():
        mask &= head & ~hidden & ~boundary
    regions["lips"] = lips_between(mesh, rims)
    regions |= {
        "mouth_bag": inner["lips_inner"],
        "left_eye_socket": inner["left_lids"],
        "right_eye_socket": inner["right_lids"],
        "left_eyeball": (index >= LEFT_EYEBALL[0]) & (index < LEFT_EYEBALL[1]),
        "right_eyeball": (index >= RIGHT_EYEBALL[0]) & (index < RIGHT_EYEBALL[1]),
        "boundary": boundary,
    }
    no_match = hidden | ~head | boundary
    return FlameHead(
        mesh, Topology("flame", "FLAME", landmarks_68, landmarks_51, regions, mirror, no_match, skin, rims)
    )


def carried_regions(mesh, landmarks, rims, mirror, free, hack_mesh, hack) -> dict[str, np.ndarray]:
    """HACK's skin regions on another head, made symmetric by its mirror map."""
    hack_points = hack.landmarks_51.evaluate(hack_mesh.vertices)
    pairs = [(landmarks.vertices, landmarks.weights, hack_points)]
    for name, rim in rims.items():
        onto = curve_targets(mesh.vertices[rim], hack_mesh.vertices[hack.rims[name]])
        pairs.append((np.repeat(rim[:, None], 3, axis=1), np.tile([1.0, 0.0, 0.0], (len(rim), 1)), onto))
    outer = hack.skin & ~hack.no_match
    triangles = hack_mesh.triangles[hack.skin[hack_mesh.triangles].all(axis=1)]
    matched = triangles[outer[triangles].all(axis=1)]
    moved = register_quickly(mesh, hack_mesh, pairs, free, matched)
    normals = vertex_normals(moved, mesh.triangles)
    regions = {}
    for name, mask in hack.regions.items():
        if not (mask & outer).any() or name == "boundary":
            continue
        own = carry_labels(moved, normals, hack_mesh, triangles, mask)
        regions[name] = own
    swapped = {n: n.replace("left_", "right_") if n.startswith("left_") else n.replace("right_", "left_") for n in regions}
    paired = np.where(mirror >= 0, mirror, np.arange(len(mirror)))
    return {name: mask | regions[swapped[name]][paired] for name, mask in regions.items()}


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
