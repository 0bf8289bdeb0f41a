#!/usr/bin/env python3
"""Build backend/headbridge/assets/ from the open input data.

    python scripts/build_assets.py [INPUT_FOLDER]        (default: ../shared/data beside the repository)

Writes the template meshes, the topology tables, the ICT-FaceKit deltas and joints, the open FLAME-topology head, the
demo scan with its maps, the face detector's weights and the licences, byte for byte the same on every run.
THIRD_PARTY.md names the sources.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from assets import demo_scan, face_networks, flame_head, ict_head, ict_rig, makehuman_head, open_flame
from assets.files import mesh_arrays, write_npz
from assets.tables import topology_arrays

from headbridge.topologies import builtin, load_builtin, load_deltas, load_topology

LICENCES = {
    "flame/FLAME_MODEL_LICENSE.md": "LICENSE.flame.md",
    "flame/head_template_uv.LICENSE": "LICENSE.flame_uv.txt",
    "ict_facekit/LICENSE": "LICENSE.ict_facekit.txt",
    "lee_perry_smith/LICENSE.txt": "LICENSE.lee_perry_smith.txt",
    "makehuman/LICENSE.ASSETS.md": "LICENSE.makehuman.md",
    "mediapipe/LICENSE": "LICENSE.mediapipe.txt",
    "lee_perry_smith/color.jpg": "lee_perry_smith_color.jpg",
    "lee_perry_smith/normal.jpg": "lee_perry_smith_normal.jpg",
}


def build(source: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    # What is built last is built from the heads as they are shipped: rounded, and from this run.
    builtin.ASSETS = out
    ict = ict_head.build(source / "ict_facekit")
    write_npz(out / "ict.npz", mesh_arrays(ict.mesh) | {"hack_vertices": np.int32(ict_head.HACK_VERTICES)})
    write_npz(out / "ict_deltas.npz", ict.deltas)
    write_npz(out / "ict_topology.npz", topology_arrays(ict.table))
    write_npz(out / "hack_topology.npz", topology_arrays(ict.hack_table))

    flame = flame_head.build(source / "flame", ict.hack_mesh, ict.hack_table)
    write_npz(out / "flame.npz", mesh_arrays(flame.mesh))
    write_npz(out / "flame_topology.npz", topology_arrays(flame.table))

    makehuman = makehuman_head.build(source / "makehuman", ict.hack_mesh, ict.hack_table)
    write_npz(out / "makehuman.npz", mesh_arrays(makehuman.mesh) | {"original_vertices": makehuman.original_vertices})
    write_npz(out / "makehuman_topology.npz", topology_arrays(makehuman.table))

    scan = demo_scan.build(source / "lee_perry_smith")
    write_npz(out / "lee_perry_smith.npz", mesh_arrays(scan.mesh))
    write_npz(out / "lee_perry_smith_topology.npz", topology_arrays(scan.table))
    (out / "lee_perry_smith_pairs.json").write_text(scan.pairs, encoding="utf-8")

    (out / "face_box.safetensors").write_bytes(face_networks.face_box(source / "mediapipe"))
    (out / "face_mesh.safetensors").write_bytes(face_networks.face_mesh(source / "mediapipe"))

    build_open_heads(source, out)
    for name, copy in LICENCES.items():
        shutil.copyfile(source / name, out / copy)


def build_open_heads(source: Path, out: Path) -> None:
    meshes = [load_builtin(key) for key in ("flame", "hack", "ict")]
    tables = [load_topology(key) for key in ("flame", "hack", "ict")]
    flame = open_flame.build(source / "ict_facekit", meshes[0], tables[0], meshes[1], tables[1])
    write_npz(out / "flame_open.npz", flame.arrays)
    deltas = load_deltas("ict")
    jaw_open = deltas.expression[deltas.expression_names.index("jawOpen")].astype(np.float64)
    write_npz(out / "ict_rig.npz", ict_rig.build(flame, meshes[2], tables[2], jaw_open))


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the shipped assets from the open input data.")
    parser.add_argument("source", nargs="?", type=Path, default=ROOT.parent / "shared" / "data", help="input folder")
    parser.add_argument("--out", type=Path, default=ROOT / "backend" / "headbridge" / "assets", help="output folder")
    arguments = parser.parse_args()
    if not arguments.source.is_dir():
        parser.error(f"there is no folder {arguments.source}; name the folder of the open input data")
    build(arguments.source, arguments.out)
    for path in sorted(arguments.out.iterdir()):
        print(f"{path.stat().st_size / 1e6:8.2f} MB  {path.name}")


if __name__ == "__main__":
    main()
