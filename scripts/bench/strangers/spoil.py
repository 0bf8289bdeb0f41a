"""Registrations that must not be called good, and targets that are spoiled, with what is still true of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from headbridge.mesh.similarity import fit_similarity
from headbridge.topologies import load_topology

from . import people, shapes
from .alter import with_triangles
from .hair import STYLES, fitted_hair, strands
from .known_set import ROWS, known_stranger
from .makehuman_mesh import base_positions, body, head_rows
from .parts import flipped, joined, kept_part
from .stranger import Stranger, moved, transformed

KINDS = (
    "inside_out",
    "left_handed",
    "flattened",
    "stretched",
    "hair_over_face",
    "strands_over_face",
    "wrong_head",
    "two_heads",
    "torso",
    "not_a_head",
)
_TRIANGLES = 20_000


def spoiled(folder: Path, kind: str, seed: int) -> Stranger:
    """A spoiled target of a kind of `KINDS`, in a random unit and pose when the seed is odd."""
    made = replace(_made(folder, kind, seed), kind=kind)
    name = f"{kind}_{seed:03d}"
    if kind == "not_a_head":
        name += f"_{shapes.SHAPES[seed % len(shapes.SHAPES)]}"
    return replace(moved(made, seed) if seed % 2 else made, name=name)


def _made(folder: Path, kind: str, seed: int) -> Stranger:
    if kind == "torso":
        return _torso(folder, seed)
    if kind == "not_a_head":
        name = shapes.SHAPES[seed % len(shapes.SHAPES)]
        mesh = shapes.shape(folder, name, seed)
        return Stranger("", "", ("hack", "flame", "makehuman")[seed % 3], mesh, expect="wrong")
    if kind in ("hair_over_face", "strands_over_face"):
        return _covered(folder, kind, seed)
    # Even seeds are upright and in millimetres.
    made = with_triangles(known_stranger(folder, ("ict", "flame", "makehuman")[seed % 3], 2 * seed), _TRIANGLES, seed)
    if kind == "inside_out":
        return replace(made, mesh=flipped(made.mesh))
    if kind == "left_handed":
        return left_handed(made)
    if kind == "flattened":
        return replace(transformed(made, np.diag([1.0, 1.0, 0.3]), np.zeros(3), 1.0), expect="either")
    if kind == "stretched":
        return replace(transformed(made, np.diag([1.0, 1.6, 1.0]), np.zeros(3), 1.0), expect="either")
    if kind == "two_heads":
        return _two_heads(folder, made, seed)
    return _wrong_head(folder, made, seed)


def left_handed(stranger: Stranger) -> Stranger:
    """The upright target in a left-handed frame, as exports with a wrong axis make it: x is negated and the order of
    the corners kept, so that faces look inward.

    What is seen is the mirrored person, so the truth goes through the source's mirror map; vertices without a partner
    have none.
    """
    topology = load_topology(stranger.source)
    mirrored = transformed(stranger, np.diag([-1.0, 1.0, 1.0]), np.zeros(3), stranger.mm_per_unit)
    partner = topology.mirror
    truth = np.where(partner[:, None] >= 0, mirrored.registered[np.maximum(partner, 0)], np.nan)
    return replace(mirrored, registered=truth, landmarks=topology.landmarks_51.evaluate(truth), expect="either")


def _two_heads(folder: Path, made: Stranger, seed: int) -> Stranger:
    other = with_triangles(known_stranger(folder, ROWS[0], 2 * seed + 100), _TRIANGLES, seed)
    width = np.ptp(made.mesh.vertices[:, 0]) + np.ptp(other.mesh.vertices[:, 0])
    beside = other.mesh.with_vertices(other.mesh.vertices + (0.6 * width, 0.0, 0.0))
    return replace(
        made,
        mesh=joined([made.mesh, beside], "two heads"),
        registered=None,
        landmarks=None,
        centre=None,
        expect="wrong",
    )


def _wrong_head(folder: Path, made: Stranger, seed: int) -> Stranger:
    """Onto this person another's registration is shown, fitted by its landmarks as well as a similarity can."""
    row = ("ict", "flame", "makehuman")[seed % 3]
    other = known_stranger(folder, row, 2 * seed + 100)
    fit = fit_similarity(other.landmarks, made.landmarks)
    return replace(made, result=fit.apply(other.registered), expect="wrong")


def _torso(folder: Path, seed: int) -> Stranger:
    """A body without its head."""
    whole = body(folder, people.person(folder, "adult", seed), eyes=False)
    highest = whole.positions[head_rows(), 1].min()
    mesh = kept_part(whole.mesh, whole.mesh.vertices[:, 1] < highest - 15.0)
    return Stranger("", "", ("hack", "flame", "makehuman")[seed % 3], mesh, expect="wrong")


def _covered(folder: Path, kind: str, seed: int) -> Stranger:
    """A MakeHuman person of known truth whose hair hides a part of the face, or nearly all of it."""
    # Only MakeHuman persons have fitted hair; their truth is MakeHuman's.
    number = 2 * len(people.KINDS) * (seed + 1)
    person = people.person(folder, people.KINDS[number % len(people.KINDS)], number)
    made = with_triangles(known_stranger(folder, "makehuman", number), _TRIANGLES, seed)
    if kind == "strands_over_face":
        cover = strands(made.landmarks, seed)
    else:
        over = [style for style in STYLES if style.startswith("bob")]
        cover = fitted_hair(folder, over[seed % len(over)], base_positions(folder, person))
    return replace(made, mesh=joined([made.mesh, cover], "covered"), expect="either")
