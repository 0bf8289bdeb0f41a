"""A made-up HACK model in the published form: same files, shapes and units, random content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.images import Image, write_image
from headbridge.mesh.io import write_mesh
from headbridge.topologies import load_builtin

COUNT = 14062


@dataclass(frozen=True)
class HackArrays:
    """What the files hold, in centimetres."""

    mean: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    correctives: np.ndarray
    weights: np.ndarray
    larynx: np.ndarray
    push: np.ndarray
    bones: dict


def made_up_bones(random: np.random.Generator) -> dict:
    names = ["c7t1", "c6c7", "c5c6", "c4c5", "c3c4", "c2c3", "c1c2", "oc1"]
    bones = {}
    for index, name in enumerate(names):
        turn, _ = np.linalg.qr(np.eye(3) + 0.2 * random.normal(size=(3, 3)))
        turn *= np.sign(np.diag(turn))
        bones[name] = {
            "matrix": turn.tolist(),
            "head": [0.0, -12.3, -1.5] if index == 0 else (0.1 * random.normal(size=3)).tolist(),
            "parent": None if index == 0 else names[index - 1],
            "length": float(random.uniform(1.4, 1.8)),
        }
    return bones


def write_hack_folder(folder: Path) -> HackArrays:
    random = np.random.default_rng(0)
    mesh = load_builtin("hack")

    def numbers(*shape):
        return (0.02 * random.standard_normal(shape, dtype=np.float32)).astype(np.float32)

    arrays = HackArrays(
        mean=(0.1 * mesh.vertices).astype(np.float32) + numbers(COUNT, 3),
        identity=numbers(200, COUNT, 3),
        expression=numbers(55, COUNT, 3),
        correctives=numbers(8, 3, 3, COUNT, 3),
        weights=random.uniform(0.05, 0.18, (8, COUNT)),
        larynx=random.integers(0, 256, (32, 32)) / 255.0,
        push=np.array([0.0, -0.453, 0.891]),
        bones=made_up_bones(random),
    )
    folder.mkdir(parents=True, exist_ok=True)
    spaces = {
        "S": (arrays.mean, arrays.identity),
        "E": (arrays.expression, numbers(1, 1)),
        "P": (arrays.correctives, numbers(1, 1)),
    }
    for name, (mean, basis) in spaces.items():
        np.save(folder / f"{name}.npy", {"mean": mean, "VT_std": basis}, allow_pickle=True)
    np.save(folder / "weight_map_smooth.npy", arrays.weights)
    np.save(folder / "ts_larynx.npy", arrays.push)
    (folder / "bones_neutral.json").write_text(json.dumps(arrays.bones))
    write_mesh(folder / "000_generic_neutral_mesh_newuv.obj", mesh.with_vertices(0.1 * mesh.vertices))
    write_image(folder / "Lc_mid.png", Image(arrays.larynx[..., None].astype(np.float32)))
    return arrays
