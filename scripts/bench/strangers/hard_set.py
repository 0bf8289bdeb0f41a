"""Targets of other topologies: MakeHuman persons as scans of all kinds, and the demo scan's variants.

Where vertices of the source belong on them nobody knows; the landmarks of MakeHuman's table are known.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.mesh.io import read_mesh
from headbridge.topologies import load_topology

from . import people
from .alter import face_mask, half, noisy, stone, with_holes, with_triangles
from .hair import STYLES, fitted_hair
from .known_set import EDGE_MM, makehuman_part
from .makehuman_mesh import base_positions, body, head
from .parts import joined
from .remesh import remesh
from .stranger import UNITS, Stranger, moved, transformed

_BUST_HEIGHT = 4.2
_PLAIN = ("adult", "old", "african", "asian", "heavy", "asymmetric", "child")
SOURCES = ("hack", "flame")
DEMO_VARIANTS = ("03b_fin_only", "03c_flipped_one", "03d_degenerate", "03e_duplicate", "04_components_table")
DEMO_VARIANTS += ("04b_head_and_torso", "07_inside_out", "08_soup", "lps_mask", "lps_half", "lps_hair")
RELATIVES = ("f_a_5143_teeth", "f_b_closed_hole", "f_c_split", "f_d_no_eyes", "f_e_face_crop")


def person_target(
    folder: Path, name: str, kind: str, seed: int, eyes: bool, edge_mm: float | None = EDGE_MM
) -> Stranger:
    """A MakeHuman person as a target for HACK or FLAME; as MakeHuman's quads when `edge_mm` is None."""
    whole = head(folder, people.person(folder, kind, seed))
    part = makehuman_part(whole, eyes, inside=False)
    mesh = part if edge_mm is None else remesh(part, edge_mm, seed)
    landmarks = load_topology("makehuman").landmarks_51.evaluate(whole.vertices)
    return Stranger(name, kind, SOURCES[seed % 2], mesh, landmarks=landmarks, centre=landmarks.mean(axis=0))


def hard_names() -> tuple[str, ...]:
    """The names of all kinds `hard_stranger` makes."""
    return tuple(_MAKERS)


def hard_stranger(folder: Path, kind: str, seed: int) -> Stranger:
    """A target of a kind of `hard_names`, in a random unit and pose when the seed is odd and the kind is no unit."""
    made = replace(_MAKERS[kind](folder, seed), kind=kind, name=f"{kind}_{seed:03d}")
    return moved(made, seed) if seed % 2 and not kind.startswith("unit_") else made


def orientations(folder: Path, seed: int) -> list[Stranger]:
    """One person of 10,000 triangles in the 24 orientations of a cube."""
    upright = with_triangles(person_target(folder, "", "adult", seed, eyes=True), 10_000, seed)
    turns = Rotation.create_group("O").as_matrix()
    return [
        replace(transformed(upright, turn, np.zeros(3), 1.0), name=f"orientation_{k:02d}", kind="orientation")
        for k, turn in enumerate(turns)
    ]


def file_variants(folder: Path) -> list[Stranger]:
    """The files of data/hard that show the demo scan or FLAME, as they are, without truth."""
    found = []
    for name in (*DEMO_VARIANTS, *RELATIVES):
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / f"{name}.obj"
            path.write_bytes(gzip.decompress((folder / "hard" / f"{name}.obj.gz").read_bytes()))
            mesh = read_mesh(path)
        kind = "demo_scan" if name in DEMO_VARIANTS else "flame_relative"
        found.append(Stranger(f"{kind}_{name}", kind, "hack", mesh))
    return found


def _unit(name: str) -> Callable[[Path, int], Stranger]:
    def make(folder: Path, seed: int) -> Stranger:
        upright = with_triangles(person_target(folder, "", "adult", seed, eyes=True), 20_000, seed)
        return moved(upright, seed, UNITS[name], turned=False)

    return make


def _whole_body(folder: Path, seed: int) -> Stranger:
    whole = body(folder, people.person(folder, ("adult", "shut_eyes", "old")[seed % 3], seed))
    return _with_head(whole.mesh, whole.head, seed)


def _bust(folder: Path, seed: int) -> Stranger:
    whole = body(folder, people.person(folder, "shut_eyes", seed), eyes=False, above=_BUST_HEIGHT)
    return stone(_with_head(remesh(whole.mesh, EDGE_MM, seed), whole.head, seed), seed)


def _with_head(mesh, positions: np.ndarray, seed: int) -> Stranger:
    landmarks = load_topology("makehuman").landmarks_51.evaluate(positions)
    return Stranger("", "", SOURCES[seed % 2], mesh, landmarks=landmarks, centre=landmarks.mean(axis=0))


def _haired(folder: Path, seed: int) -> Stranger:
    kind = ("adult", "old", "african", "asian")[seed % 4]
    made = person_target(folder, "", kind, seed, eyes=True)
    # Styles that leave the face bare.
    bare = [style for style in STYLES if not style.startswith("bob")]
    hair = fitted_hair(folder, bare[seed % len(bare)], base_positions(folder, people.person(folder, kind, seed)))
    return replace(made, mesh=joined([made.mesh, hair], "haired"))


def _altered(number: int, alter: Callable[[Stranger, int], Stranger]) -> Callable[[Path, int], Stranger]:
    """Another person for every number."""

    def make(folder: Path, seed: int) -> Stranger:
        who = 100 + 10 * number + seed
        return alter(person_target(folder, "", _PLAIN[(number + seed) % len(_PLAIN)], who, eyes=seed % 3 != 1), seed)

    return make


_MAKERS: dict[str, Callable[[Path, int], Stranger]] = {
    **{
        f"person_{kind}": (lambda folder, seed, kind=kind: person_target(folder, "", kind, seed, eyes=seed % 2 == 0))
        for kind in people.KINDS
    },
    "quads": lambda folder, seed: person_target(folder, "", "adult", seed, True, edge_mm=None),
    "mask": _altered(0, lambda stranger, seed: face_mask(stranger)),
    "half": _altered(1, lambda stranger, seed: half(stranger)),
    "stone_bust": _bust,
    "body": _whole_body,
    "hair": _haired,
    "holes": _altered(2, with_holes),
    "noise": _altered(3, lambda stranger, seed: noisy(stranger, 0.2, seed)),
    "faces_10k": _altered(4, lambda stranger, seed: with_triangles(stranger, 10_000, seed)),
    "faces_3k": _altered(5, lambda stranger, seed: with_triangles(stranger, 3_000, seed)),
    "faces_200k": _altered(6, lambda stranger, seed: with_triangles(stranger, 200_000, seed)),
    **{f"unit_{unit}": _unit(unit) for unit in UNITS},
}
