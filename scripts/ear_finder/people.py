"""Shapes of heads that are as different as MakeHuman's persons, ICT-FaceKit's and what lies between them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from assets.makehuman_points import hack_on_makehuman
from face_parser.parts import load_bust
from face_parser.portrait import random_person
from scipy.spatial import cKDTree
from strangers.makehuman_mesh import MM_PER_UNIT, base_positions, head_rows, moved_body
from strangers.open_data import makehuman_base
from strangers.people import Person

from headbridge.models import head_model
from headbridge.topologies import load_builtin, load_deltas

_EXPRESSIONS = "expression/"
# How often: MakeHuman's shape, ICT-FaceKit's, part of both.
_MAKEHUMAN, _ICT = 0.35, 0.35
_FARTHEST = 2.5
# Vertices of the skin that what lies within goes with.
_AROUND = 12


def head_shape(data: Path, rng: np.random.Generator) -> np.ndarray:
    """(V, 3) mm, all vertices of MakeHuman's base mesh on a random person with an expression."""
    made, kind = random_person(data, rng), rng.random()
    if kind < _MAKEHUMAN:
        return moved_body(data, _displacement(data, made))
    expression = {name: weight for name, weight in made.weights.items() if name.startswith(_EXPRESSIONS)}
    moved, share = _displacement(data, Person(made.kind, made.macro, expression)), 1.0
    if kind > _MAKEHUMAN + _ICT:
        share = rng.uniform(0.5, 1.0)
        features = {name: weight for name, weight in made.weights.items() if name not in expression}
        moved = moved + rng.uniform(0.3, 1.0) * _displacement(data, Person(made.kind, made.macro, features))
    return moved_body(data, moved + share * _ict_displacement(data, rng))


def _displacement(data: Path, made: Person) -> np.ndarray:
    return base_positions(data, made) - MM_PER_UNIT * makehuman_base(data).vertices


def _ict_displacement(data: Path, rng: np.random.Generator) -> np.ndarray:
    """(V, 3) from the base head to a random one of ICT-FaceKit's."""
    identity, to_mean, transferred, rotation = _ict_people(data)
    weights = np.clip(rng.normal(size=len(identity)), -_FARTHEST, _FARTHEST)
    return to_mean + transferred @ (np.tensordot(weights, identity, 1) @ rotation.T)


@cache
def _ict_people(data: Path) -> tuple[np.ndarray, np.ndarray, sp.csr_matrix, np.ndarray]:
    """The identities (100, N, 3) on HACK's vertices, the way (V, 3) from the base head to ICT-FaceKit's mean, what brings
    (N, 3) values to the base mesh's vertices, and the rotation into its frame."""
    motion, corners, weights = hack_on_makehuman()
    rows, base = head_rows(), MM_PER_UNIT * makehuman_base(data).vertices
    hack = load_builtin("hack").vertices.astype(np.float64)
    size = len(rows), len(hack)
    onto = sp.csr_matrix((weights.ravel(), (np.repeat(np.arange(size[0]), 3), corners.ravel())), size)
    # Both topologies have the mean head of all people.
    to_mean = onto @ ((hack - head_model("hack").mean) @ motion.rotation.T)
    to_mean += head_model("makehuman").mean - base[rows]
    # Teeth and eyes go with the skin around them, eyes as a whole.
    _, near = cKDTree(base[rows]).query(base, _AROUND)
    follow = sp.csr_matrix((np.full(near.size, 1.0 / _AROUND), near.ravel(), np.arange(0, near.size + 1, _AROUND)))
    follow = follow.tolil()
    follow[rows] = sp.identity(len(rows), format="csr")
    for eyeball in load_bust(data).eyes:
        follow[eyeball] = sp.csr_matrix(np.asarray(follow[eyeball].mean(axis=0)).repeat(len(eyeball), axis=0))
    follow = follow.tocsr()
    return load_deltas("hack").identity.astype(np.float64), follow @ to_mean, follow @ onto, motion.rotation
