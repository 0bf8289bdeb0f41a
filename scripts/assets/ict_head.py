"""The ICT-FaceKit head and the HACK topology inside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.topologies import Topology
from headbridge.topologies.packed_shapes import packed_entries

from . import regions as parts
from .files import SHAPE_STEP
from .mirror import mirror_map
from .rim_points import HACK as HACK_RIMS
from .rims import build_rims, enclosed
from .sources import read_ict
from .tables import NAMES_68, vertex_landmarks

HACK_VERTICES = 14062
MILLIMETRES = 10.0  # one unit is nominally a centimetre

MULTI_PIE_68 = [
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493, 1914,
    2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537,
    1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957,
    5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
]  # fmt: skip


@dataclass(frozen=True)
class IctHead:
    mesh: Mesh
    table: Topology
    hack_mesh: Mesh
    hack_table: Topology
    deltas: dict[str, np.ndarray]


def build(folder: Path) -> IctHead:
    data = read_ict(folder / "ict_face_model.npz")
    mesh = _mesh(data, len(data["vertices"]), "ICT-FaceKit head")
    hack_mesh = _mesh(data, HACK_VERTICES, "HACK head")
    mirror, hack_mirror = mirror_map(mesh), mirror_map(hack_mesh)
    landmarks = vertex_landmarks(MULTI_PIE_68, NAMES_68)
    rims = build_rims(hack_mesh, hack_mirror, HACK_RIMS)
    hack_regions = parts.hack_regions(hack_mesh, landmarks.evaluate(hack_mesh.vertices), rims)
    hidden = np.any([enclosed(hack_mesh, rim) for name, rim in rims.items() if name != "lips_outer"], axis=0)
    hack_skin = np.arange(HACK_VERTICES) < parts.SKIN_END

    def table(key, label, count, regions, mirror):
        grow = count - HACK_VERTICES
        hidden_all = np.pad(hidden, (0, grow), constant_values=True)
        skin = np.pad(hack_skin, (0, grow), constant_values=False)
        return Topology(
            key=key,
            label=label,
            landmarks_68=landmarks,
            landmarks_51=landmarks.subset(slice(17, None)),
            regions=regions,
            mirror=mirror,
            no_match=hidden_all | ~skin | regions["boundary"],
            skin=skin,
            rims=rims,
        )

    inner = parts.ranges(
        len(mesh.vertices),
        tongue=(HACK_VERTICES, parts.GUMS_AND_TONGUE_END),
        teeth=(parts.GUMS_AND_TONGUE_END, parts.TEETH_END),
        left_eyeball=(parts.TEETH_END, parts.LEFT_EYEBALL_END),
        right_eyeball=(parts.LEFT_EYEBALL_END, parts.RIGHT_EYEBALL_END),
        lashes=(parts.EYE_OCCLUSION_END, parts.LASHES_END),
    )
    grown = {name: np.pad(mask, (0, len(mesh.vertices) - HACK_VERTICES)) for name, mask in hack_regions.items()}
    return IctHead(
        mesh=mesh,
        table=table("ict", "ICT-FaceKit", len(mesh.vertices), grown | inner, mirror),
        hack_mesh=hack_mesh,
        hack_table=table("hack", "HACK", HACK_VERTICES, hack_regions, hack_mirror),
        deltas={
            **packed_entries("identity", data["identity"] * MILLIMETRES, SHAPE_STEP),
            **packed_entries("expression", data["expression"] * MILLIMETRES, SHAPE_STEP),
            "identity_names": data["identity_names"],
            "expression_names": data["expression_names"],
        },
    )


def _mesh(data, count: int, name: str) -> Mesh:
    inside = (data["faces"] < count).all(axis=1)
    faces, faces_uv = data["faces"][inside], data["faces_uv"][inside]
    real = faces >= 0
    materials, index = np.unique(data["material"][inside], return_inverse=True)
    return Mesh(
        data["vertices"][:count].astype(np.float64) * MILLIMETRES,
        faces[real],
        real.sum(axis=1),
        uvs=data["uv"][faces_uv[real]],
        face_materials=index.reshape(-1),
        material_names=tuple(materials.tolist()),
        name=name,
    )
