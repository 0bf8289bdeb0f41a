"""The Lee Perry-Smith scan: the demo's target."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.topologies import Topology

from .sources import read_obj

# The scan's units are arbitrary. This scale gives it the size of the HACK head (similarity through the demo's pairs).
MILLIMETRES = 47.0


@dataclass(frozen=True)
class DemoScan:
    mesh: Mesh
    table: Topology
    pairs: str


def build(folder: Path, hack_mesh: Mesh, hack: Topology) -> DemoScan:
    source = read_obj(folder / "lee_perry_smith.obj")
    mesh = Mesh(
        source.vertices * MILLIMETRES,
        np.concatenate(source.faces),
        [len(face) for face in source.faces],
        uvs=source.uvs[np.concatenate(source.face_uvs)],
        face_materials=np.zeros(len(source.faces)),
        material_names=("lee_perry_smith",),
        name="Lee Perry-Smith scan",
    )
    nothing = np.zeros(len(mesh.vertices), bool)
    table = Topology("lee-perry-smith", "Lee Perry-Smith", None, None, {}, None, nothing, ~nothing, {})
    return DemoScan(mesh, table, json.dumps({"pairs": []}, indent=1) + "\n")
