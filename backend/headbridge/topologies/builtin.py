"""Reading the topology tables and meshes that ship with HeadBridge (written by scripts/build_assets.py)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from ..errors import HeadBridgeError, InputError
from ..mesh import Mesh
from .topology import Landmarks, Topology

ASSETS = Path(__file__).resolve().parent.parent / "assets"

HEAD_TOPOLOGIES = ("flame", "hack", "ict", "makehuman")
"""Heads whose landmarks and detected points are known, and of which cut or joined meshes are recognised."""

TOPOLOGY_KEYS = (*HEAD_TOPOLOGIES, "lee-perry-smith")

# What derives from FLAME's template or joints; `scripts/build_extension.sh --without flame` leaves these files out.
FLAME_ASSETS = ("flame.npz", "flame_topology.npz", "flame_open.npz", "people_flame.npz", "ict_rig.npz")


def shipped(key: str) -> bool:
    """Whether this build has a topology's data: one without FLAME's knows all others."""
    return key != "flame" or (ASSETS / "flame_topology.npz").is_file()


def asset_path(name: str) -> Path:
    """The path of a file under assets/; HeadBridgeError when this installation lacks it."""
    path = ASSETS / name
    if not path.is_file():
        if name in FLAME_ASSETS:
            raise HeadBridgeError("This build of HeadBridge has no FLAME data; install the one that has it.")
        raise HeadBridgeError(f"The built-in file {name} is missing from this installation; install HeadBridge again.")
    return path


def demo_pairs_file() -> Path:
    """The landmark pair file (JSON) of the demo: HACK head vertices and points on the Lee Perry-Smith scan."""
    return asset_path("lee_perry_smith_pairs.json")


def _check_key(key: str) -> None:
    if key not in TOPOLOGY_KEYS:
        raise InputError(f"There is no built-in topology {key!r}; choose one of {', '.join(TOPOLOGY_KEYS)}.")


@cache
def load_builtin(key: str) -> Mesh:
    """The template (or demo scan) of a topology: millimetres, Y up, face along +Z, with per-corner UVs.

    Raises InputError for an unknown key. The arrays are shared and read-only.
    """
    _check_key(key)
    # HACK is the first 14,062 vertices of ICT, and its faces those among them.
    stem = "ict" if key == "hack" else key.replace("-", "_")
    with np.load(asset_path(f"{stem}.npz"), allow_pickle=False) as stored:
        vertices, corners, sizes = stored["vertices"], stored["corners"], stored["face_sizes"].astype(np.int32)
        uvs, materials, names = stored["uvs"][stored["corner_uvs"]], stored["face_materials"], stored["material_names"]
        if key == "hack":
            count = int(stored["hack_vertices"])
            inside = np.logical_and.reduceat(corners < count, np.cumsum(sizes) - sizes)
            keep = np.repeat(inside, sizes)
            used, materials = np.unique(materials[inside], return_inverse=True)
            vertices, corners, uvs = vertices[:count], corners[keep], uvs[keep]
            sizes, names = sizes[inside], names[used]
    mesh = Mesh(vertices, corners, sizes, uvs, materials, tuple(names.tolist()), name=load_topology(key).label)
    for array in (mesh.vertices, mesh.corners, mesh.face_sizes, mesh.uvs, mesh.face_materials):
        array.setflags(write=False)
    return mesh


@cache
def load_topology(key: str) -> Topology:
    """The tables of a topology. Raises InputError for an unknown key. The arrays are shared and read-only."""
    _check_key(key)
    with np.load(asset_path(f"{key.replace('-', '_')}_topology.npz"), allow_pickle=False) as stored:
        table = {name: stored[name] for name in stored.files}
    count = int(table["vertex_count"])

    def masks(packed):
        return np.unpackbits(packed, axis=1, count=count).astype(bool)

    for array in table.values():
        array.setflags(write=False)
    regions = dict(zip(table["region_names"].tolist(), masks(table["regions"])))
    no_match, skin = masks(table["no_match_and_skin"])
    for mask in (*regions.values(), no_match, skin):
        mask.setflags(write=False)
    rims = np.split(table["rim_vertices"], np.cumsum(table["rim_sizes"])[:-1]) if len(table["rim_sizes"]) else []
    landmarks = {}
    for size in (68, 51):
        if f"landmarks_{size}_vertices" in table:
            landmarks[size] = Landmarks(
                table[f"landmarks_{size}_vertices"],
                table[f"landmarks_{size}_weights"],
                tuple(table[f"landmarks_{size}_names"].tolist()),
            )
    return Topology(
        key=key,
        label=str(table["label"]),
        landmarks_68=landmarks.get(68),
        landmarks_51=landmarks.get(51),
        regions=regions,
        mirror=table.get("mirror"),
        no_match=no_match,
        skin=skin,
        rims=dict(zip(table["rim_names"].tolist(), rims)),
    )
