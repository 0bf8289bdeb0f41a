"""Targets with a known truth for every vertex: people of the three models, triangulated anew."""

from __future__ import annotations

from pathlib import Path

from headbridge.mesh import Mesh
from headbridge.topologies import load_builtin, load_topology

from . import people
from .flame_people import flame_mesh, flame_person
from .ict_people import EXPRESSIONS as ICT_EXPRESSIONS
from .ict_people import ict_mesh, ict_person
from .makehuman_mesh import head
from .parts import kept_part
from .remesh import remesh
from .stranger import UNITS, Stranger, known, moved

EDGE_MM = 2.0
ROWS = ("ict", "ict_amplified", "ict_bumps", "flame", "makehuman")
"""Rows of the bench: identities of ICT-FaceKit with expressions; the same with identities 2.5 times as strong; with
bumps of 3 mm; identities of the open FLAME-topology head; MakeHuman persons of all kinds."""

_HACK_VERTICES = len(load_topology("hack").skin)


def known_stranger(folder: Path, row: str, seed: int) -> Stranger:
    """Number `seed` of a row of `ROWS`. Even ones are in millimetres and upright, odd ones in an unknown unit and pose;
    of three, one is skin with eyeballs, one skin alone, one has the inside of mouth and sockets, too."""
    eyes, inside = seed % 3 != 1, seed % 3 == 2
    if row == "flame":
        truth = flame_person(seed)
        stranger = _remeshed(row, "flame", row, flame_mesh(truth, eyes, inside), truth, seed)
    elif row == "makehuman":
        kind = people.KINDS[seed % len(people.KINDS)]
        whole = head(folder, people.person(folder, kind, seed))
        stranger = _remeshed(row, "makehuman", kind, makehuman_part(whole, eyes, inside), whole.vertices, seed)
    else:
        expression = list(ICT_EXPRESSIONS)[seed % len(ICT_EXPRESSIONS)]
        amplify, bump = 2.5 if row == "ict_amplified" else 1.0, 3.0 if row == "ict_bumps" else 0.0
        person = ict_person(folder, seed, expression, amplify, bump)
        mesh = ict_mesh(person, eyes, inside)
        stranger = _remeshed(row, "hack", expression, mesh, person[:_HACK_VERTICES], seed)
    return moved(stranger, seed) if seed % 2 else moved(stranger, seed, UNITS["mm"], turned=False)


def makehuman_part(whole: Mesh, eyes: bool, inside: bool) -> Mesh:
    """The skin of a MakeHuman head; with `eyes` the eyeballs, with `inside` also sockets, mouth, teeth and tongue."""
    table = load_topology("makehuman")
    eyeballs = table.regions["left_eyeball"] | table.regions["right_eyeball"]
    inner = ~table.skin & ~eyeballs & ~table.regions["lashes"]
    return kept_part(whole, table.skin | (eyeballs & eyes) | (inner & inside))


def template_of(source: str) -> Mesh:
    """The source mesh of a stranger, as it ships, in millimetres."""
    return load_builtin(source)


def _remeshed(row: str, source: str, what: str, mesh: Mesh, truth, seed: int) -> Stranger:
    return known(f"{row}_{seed:03d}_{what}", row, source, remesh(mesh, EDGE_MM, seed), truth)
