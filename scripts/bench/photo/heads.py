"""Heads whose shape is known, of the models we fit and of others, with what a picture of a head needs besides skin."""

from __future__ import annotations

import gzip
import itertools
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from strangers.makehuman_mesh import head as person_head
from strangers.people import person

from headbridge.fitting.heads import load_head
from headbridge.fitting.posable import Posed
from headbridge.mesh import Mesh
from headbridge.mesh.io import read_mesh
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_topology
from headbridge.topologies.builtin import asset_path

FAMILIES = ("ict", "flame", "makehuman", "scan", "child", "old")
# Faces of the scan this near to a registered head's narrow face belong to it, mm.
_ON_SCAN = 2.0
_MAKEHUMAN_MM = 100.0
_SMILE = {"mouthSmile_L": 0.6, "mouthSmile_R": 0.55, "cheekSquint_L": 0.4, "cheekSquint_R": 0.4}
_TALK = {"jawOpen": 0.35, "mouthFunnel": 0.25}
_FROWN = {"browDown_L": 0.6, "browDown_R": 0.7, "mouthFrown_L": 0.4, "mouthFrown_R": 0.4, "eyeSquint_L": 0.3}
_SURPRISE = {"browInnerUp_L": 0.6, "browInnerUp_R": 0.6, "browOuterUp_L": 0.5, "browOuterUp_R": 0.5, "jawOpen": 0.2}
_LAUGH = {"mouthSmile_L": 0.8, "mouthSmile_R": 0.8, "jawOpen": 0.25, "eyeSquint_L": 0.4, "eyeSquint_R": 0.4}
EXPRESSIONS = {"slight": {}, "smile": _SMILE, "talk": _TALK, "frown": _FROWN, "surprise": _SURPRISE, "laugh": _LAUGH}


@dataclass(frozen=True, eq=False)
class KnownHead:
    """A head in its own frame: millimetres, Y up, face along +Z.

    layout : whose UVs the skin has: "hack", "flame", "makehuman" or "lee-perry-smith". skin : the skin, eyeballs left
    out. parts : name ("teeth", "gums") to mesh. eyes : (centre (3,), radius) of the eyeballs, none where they are shut.
    landmarks : (68, 3). face, scalp : (V,) bool vertices of the skin.
    """

    layout: str
    skin: Mesh
    parts: dict[str, Mesh]
    eyes: tuple[tuple[np.ndarray, float], ...]
    landmarks: np.ndarray
    face: np.ndarray
    scalp: np.ndarray


def known_head(family: str, expression: str, seed: int, data: Path, cache_folder: Path) -> KnownHead:
    """A random head. family : one of `FAMILIES`; expression : one of `EXPRESSIONS` (models of ICT-FaceKit alone).

    data : the open input data. cache_folder : holds `hack_on_scan.npz`, HACK registered onto the demo scan."""
    rng = np.random.default_rng([seed, FAMILIES.index(family)])
    if family == "makehuman":
        return _makehuman(_blend(rng, data))
    if family in ("child", "old"):
        return _makehuman(person_head(data, person(data, family, seed)).vertices)
    if family == "scan":
        return _scan(cache_folder)
    return _of_model("ict" if family == "ict" else "open-flame", expression, rng)


def _of_model(model: str, expression: str, rng: np.random.Generator) -> KnownHead:
    head = load_head(model)
    state = head.neutral()
    identity, expressions = head.parts["identity"], head.parts["expression"]
    state.coefficients[identity] = np.clip(rng.normal(size=head.identity_count), -2.5, 2.5)
    # Faces are never quite at rest.
    state.coefficients[expressions] = np.clip(rng.normal(0.0, 0.05, head.expression_count), 0.0, 0.15)
    for name, value in EXPRESSIONS[expression].items():
        state.coefficients[expressions][head.expression_names.index(name)] = value * rng.uniform(0.8, 1.2)
    vertices = Posed(head, state).vertices()
    table = load_topology(head.key)
    layout = "hack" if model == "ict" else "flame"
    whole, skin = load_builtin(head.key), load_builtin(layout)
    count = len(skin.vertices)
    eyeballs = tuple(_sphere(vertices[table.regions[f"{side}_eyeball"]]) for side in ("left", "right"))
    if model == "ict":
        parts = {
            "teeth": _of_material(whole, vertices, "M_Teeth"),
            "gums": _of_material(whole, vertices, "M_GumsTongue"),
        }
    else:
        hidden = table.regions["left_eyeball"] | table.regions["right_eyeball"]
        skin, parts = _without(skin, hidden), {}
    return KnownHead(
        layout,
        skin.with_vertices(vertices[:count]),
        parts,
        eyeballs,
        table.landmarks_68.evaluate(vertices),
        table.regions["narrow_face"][:count],
        table.regions["scalp"][:count],
    )


def _blend(rng: np.random.Generator, data: Path) -> np.ndarray:
    """(V, 3) mm, a blend of MakeHuman's morphs: mostly one sex, any grown-up age, one or two ethnicities."""
    mesh = load_builtin("makehuman")
    sex, age = rng.choice([0.05, 0.95]), rng.uniform(0.0, 0.9)
    ethnicity = rng.dirichlet([0.4, 0.4, 0.4])
    vertices = mesh.vertices.copy()
    for (people, share), (gender, male), (years, old) in itertools.product(
        zip(("african", "asian", "caucasian"), ethnicity),
        (("male", sex), ("female", 1.0 - sex)),
        (("old", age), ("young", 1.0 - age)),
    ):
        vertices += share * male * old * _morph(data / "makehuman" / "targets" / f"{people}-{gender}-{years}.target.gz")
    return vertices


def _makehuman(vertices: np.ndarray) -> KnownHead:
    """A head of MakeHuman's topology with its parts."""
    mesh, table = load_builtin("makehuman"), load_topology("makehuman")
    vertices = vertices.copy()
    vertices -= vertices[table.regions["narrow_face"]].mean(axis=0)
    eyes = tuple(_sphere(vertices[table.regions[f"{side}_eyeball"]]) for side in ("left", "right"))
    parts = {name: _of_material(mesh, vertices, name) for name in ("teeth", "tongue")}
    parts["gums"] = parts.pop("tongue")
    hidden = ~np.isin(
        np.arange(len(vertices)), mesh.corners[np.repeat(mesh.face_materials, mesh.face_sizes) == _skin(mesh)]
    )
    return KnownHead(
        "makehuman",
        _without(mesh, hidden).with_vertices(vertices),
        parts,
        eyes,
        table.landmarks_68.evaluate(vertices),
        table.regions["narrow_face"],
        table.regions["scalp"],
    )


def _skin(mesh: Mesh) -> int:
    return mesh.material_names.index("skin")


@cache
def _morph(path: Path) -> np.ndarray:
    """(V, 3) millimetres: a morph target at the vertices of the head."""
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    rows = np.array([line.split() for line in lines if line and not line.startswith("#")], np.float64)
    with np.load(asset_path("makehuman.npz"), allow_pickle=False) as stored:
        original = stored["original_vertices"]
    whole = np.zeros((int(max(rows[:, 0].max(), original.max())) + 1, 3))
    whole[rows[:, 0].astype(int)] = rows[:, 1:] * _MAKEHUMAN_MM
    return whole[original]


def _scan(cache_folder: Path) -> KnownHead:
    """The demo scan; face and landmarks are those of HACK registered onto it with landmarks chosen by hand."""
    scan, table = load_builtin("lee-perry-smith"), load_topology("hack")
    registered = read_mesh(cache_folder / "hack_on_scan.npz")
    hits = Surface(registered.vertices, registered.triangles).closest(scan.vertices)
    near = hits.distances < _ON_SCAN
    corners = registered.triangles[hits.triangles]
    face = near & table.regions["narrow_face"][corners].all(axis=1)
    scalp = near & table.regions["scalp"][corners].all(axis=1)
    return KnownHead("lee-perry-smith", scan, {}, (), table.landmarks_68.evaluate(registered.vertices), face, scalp)


def _sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius of the least-squares sphere through (N, 3) points."""
    system = np.column_stack([2.0 * points, np.ones(len(points))])
    solution = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    return solution[:3], float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))


def _of_material(mesh: Mesh, vertices: np.ndarray, material: str) -> Mesh:
    """The faces of a material, on all vertices."""
    return _with_faces(mesh.with_vertices(vertices), mesh.face_materials == mesh.material_names.index(material))


def _without(mesh: Mesh, hidden: np.ndarray) -> Mesh:
    """The mesh without the faces that touch (V,) bool `hidden` vertices, on all vertices."""
    return _with_faces(mesh, ~np.logical_or.reduceat(hidden[mesh.corners], mesh.face_starts))


def _with_faces(mesh: Mesh, kept: np.ndarray) -> Mesh:
    corners = np.repeat(kept, mesh.face_sizes)
    return Mesh(mesh.vertices, mesh.corners[corners], mesh.face_sizes[kept], mesh.uvs[corners], name=mesh.name)
