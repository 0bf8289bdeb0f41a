"""One stranger: a mesh to register onto, and what is known about the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.mesh import Mesh
from headbridge.mesh.io import read_mesh, write_mesh
from headbridge.topologies import load_topology

EXPECTATIONS = ("right", "either", "wrong")
UNITS = {"mm": 1.0, "cm": 10.0, "dm": 100.0, "m": 1000.0, "inch": 25.4}


@dataclass(frozen=True)
class Stranger:
    """A target with its truth, in the target's frame and units.

    name, kind : what it is called and what it shows.
    source : key of the topology to register ("hack", "flame", "makehuman").
    mesh : the target. mm_per_unit : length of its unit.
    registered : (V, 3), where the source's vertices belong; rows of NaN where that is unknown; None without truth.
    landmarks : (51, 3), where the source's landmarks belong, or None.
    expect : "right", a registration should succeed and be called good; "either", it may be refused or must be marked
        when it errs; "wrong", no good registration exists.
    front, up : (3,), where the face looks and where up is; the bench takes its pictures by them.
    centre : (3,), a point amid the face, or None where there is none.
    result : (V, 3), a wrong registration to show to the verdict, or None.
    """

    name: str
    kind: str
    source: str
    mesh: Mesh
    mm_per_unit: float = 1.0
    registered: np.ndarray | None = None
    landmarks: np.ndarray | None = None
    expect: str = "right"
    front: np.ndarray = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))
    up: np.ndarray = field(default_factory=lambda: np.array([0.0, 1.0, 0.0]))
    centre: np.ndarray | None = None
    result: np.ndarray | None = None

    def __post_init__(self):
        if self.expect not in EXPECTATIONS:
            raise ValueError(f"expect should be one of {EXPECTATIONS}, not {self.expect!r}")


def known(name: str, kind: str, source: str, mesh: Mesh, registered: np.ndarray, **more) -> Stranger:
    """A stranger in the source's frame whose registered positions (V, 3) are known; the landmarks follow from them."""
    topology = load_topology(source)
    landmarks = topology.landmarks_51.evaluate(registered)
    centre = landmarks.mean(axis=0)
    return Stranger(name, kind, source, mesh, registered=registered, landmarks=landmarks, centre=centre, **more)


def moved(stranger: Stranger, seed: int, unit: float | None = None, turned: bool = True) -> Stranger:
    """The stranger in another frame: units of `unit` millimetres (random within 0.1 to 1,000 when None), in a random
    pose and place where `turned`."""
    rng = np.random.default_rng([seed, 7])
    mm = float(10.0 ** rng.uniform(-1.0, 3.0)) if unit is None else unit
    rotation = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix() if turned else np.eye(3)
    offset = rng.normal(0.0, 300.0, 3) if turned else np.zeros(3)
    return transformed(stranger, rotation * (stranger.mm_per_unit / mm), offset / mm, mm)


def transformed(stranger: Stranger, linear: np.ndarray, offset: np.ndarray, mm_per_unit: float) -> Stranger:
    """Everything of the stranger mapped by x -> linear @ x + offset; the matrix (3, 3) may also shear or mirror."""

    def point(x: np.ndarray | None) -> np.ndarray | None:
        return None if x is None else x @ linear.T + offset

    def direction(x: np.ndarray) -> np.ndarray:
        turned = linear @ x
        return turned / np.linalg.norm(turned)

    return replace(
        stranger,
        mesh=stranger.mesh.with_vertices(point(stranger.mesh.vertices)),
        mm_per_unit=mm_per_unit,
        registered=point(stranger.registered),
        landmarks=point(stranger.landmarks),
        centre=point(stranger.centre),
        result=point(stranger.result),
        front=direction(stranger.front),
        up=direction(stranger.up),
    )


def save(stranger: Stranger, folder: Path) -> Path:
    """Write NAME.ply and NAME.npz; returns the mesh's path."""
    path = folder / f"{stranger.name}.ply"
    write_mesh(path, stranger.mesh)
    texts = {key: np.array(getattr(stranger, key)) for key in ("kind", "source", "expect")}
    optional = ("registered", "landmarks", "centre", "result")
    arrays = {key: getattr(stranger, key) for key in optional if getattr(stranger, key) is not None}
    np.savez_compressed(
        folder / f"{stranger.name}.npz",
        **texts,
        **arrays,
        front=stranger.front,
        up=stranger.up,
        mm_per_unit=stranger.mm_per_unit,
    )
    return path


def load(path: Path) -> Stranger:
    """The stranger whose mesh is at `path`, with the NAME.npz beside it."""
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as stored:
        table = {key: stored[key] for key in stored.files}
    texts = {key: str(table.pop(key)) for key in ("kind", "source", "expect")}
    return Stranger(path.stem, mesh=read_mesh(path), mm_per_unit=float(table.pop("mm_per_unit")), **texts, **table)
