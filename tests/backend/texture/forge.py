"""Small texture spaces in the published forms, made from the open one."""

from __future__ import annotations

import numpy as np

from headbridge.texture import load_texture_space
from headbridge.topologies import load_builtin

SIDE, COUNT = 64, 5


def open_space():
    return load_texture_space("open", "flame", SIDE)


def flame_uvs() -> dict[str, np.ndarray]:
    mesh = load_builtin("flame")
    vt, index = np.unique(mesh.uvs[mesh.triangle_corners].reshape(-1, 2), axis=0, return_inverse=True)
    return {"vt": vt.astype(np.float64), "ft": index.reshape(-1, 3).astype(np.uint32)}


def mpi_arrays() -> dict[str, np.ndarray]:
    space = open_space()
    return flame_uvs() | {
        "mean": 255.0 * space.mean[0, ..., ::-1].astype(np.float64),
        "tex_dir": 255.0 * space.components[0, ..., ::-1, :COUNT].astype(np.float64),
    }


def basel_arrays() -> dict[str, np.ndarray]:
    space = open_space()
    return {
        "MU": space.mean[0, ..., ::-1].reshape(-1),
        "PC": space.components[0, ..., ::-1, :COUNT].reshape(-1, COUNT),
    }


def albedo_mm_arrays() -> dict[str, np.ndarray]:
    """Half of the shown light is diffuse, half specular; one component, of a hundredth in each, brightens all."""
    linear = open_space().mean[0].astype(np.float64) ** 2.2 / 0.6
    deviation = np.full((SIDE, SIDE, 3, 1), 0.01)
    return flame_uvs() | {"MU": 0.5 * linear, "specMU": 0.5 * linear, "PC": deviation, "specPC": deviation}
