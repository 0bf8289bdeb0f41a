"""The Lee Perry-Smith scan: the demo's target."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.spatial import Surface
from headbridge.topologies import Topology

from .scan_points import SCAN_POINTS
from .sources import read_obj

# The scan's units are arbitrary. At this scale the outer corners of its eyes lie 91 mm apart; the similarity through
# the demo's pairs makes it as large as the HACK head at 52.6.
MILLIMETRES = 52.0


@dataclass(frozen=True)
class DemoScan:
    mesh: Mesh
    table: Topology
    pairs: str


def build(folder: Path) -> DemoScan:
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
    points = np.array([point for _, point in SCAN_POINTS.values()]) * MILLIMETRES
    onto = Surface(mesh.vertices, mesh.triangles).closest(points).points
    pairs = [
        {"name": name, "source": {"vertex": vertex}, "target": np.round(point, 3).tolist()}
        for (name, (vertex, _)), point in zip(SCAN_POINTS.items(), onto)
    ]
    return DemoScan(mesh, table, json.dumps({"pairs": pairs}, indent=1) + "\n")
