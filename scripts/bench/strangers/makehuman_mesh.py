"""Meshes of MakeHuman persons: the head in the shipped topology, and the whole body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from headbridge.mesh import Mesh
from headbridge.models.smooth_extension import smooth_extension
from headbridge.topologies import load_builtin
from headbridge.topologies.builtin import asset_path

from .open_data import makehuman_base, target
from .people import Person

MM_PER_UNIT = 100.0
_EYES = ("helper-l-eye", "helper-r-eye")
# Vertices of the base mesh above this height (decimetres) are moved by the head's targets; below it the body follows.
_SHOULDERS = 5.3


def base_positions(folder: Path, person: Person) -> np.ndarray:
    """(V, 3) positions in millimetres of all vertices of the base mesh. Below the neck they are the base mesh's own:
    the targets hold the head alone."""
    positions = makehuman_base(folder).vertices.copy()
    for name, weight in person.weights.items():
        rows, deltas = target(folder, name)
        positions[rows] += weight * deltas
    return MM_PER_UNIT * positions


def head_rows() -> np.ndarray:
    """(V,) index in the base mesh of every vertex of the shipped MakeHuman head."""
    with np.load(asset_path("makehuman.npz"), allow_pickle=False) as stored:
        return stored["original_vertices"].astype(np.int64)


def head(folder: Path, person: Person) -> Mesh:
    """The person's head in the topology "makehuman", millimetres, in the shipped head's frame."""
    rows = head_rows()
    return load_builtin("makehuman").with_vertices(base_positions(folder, person)[rows])


@dataclass(frozen=True)
class Body:
    """A whole body, millimetres: its mesh, and the positions (V, 3) of all vertices of the base mesh."""

    mesh: Mesh
    positions: np.ndarray

    @property
    def head(self) -> np.ndarray:
        """(V, 3) positions of the shipped MakeHuman head's vertices on this body."""
        return self.positions[head_rows()]


def body(folder: Path, person: Person, eyes: bool = True, above: float = -np.inf) -> Body:
    """The person's whole body standing with arms held out: an adult's head on the base mesh's body.

    The head keeps its shape and is carried by its mean displacement at the neck, where the body bends smoothly into it.
    above : height in decimetres of the base mesh above which faces are kept, for busts.
    """
    base, positions = makehuman_base(folder), body_positions(folder, person)
    groups = ("body", *_EYES) if eyes else ("body",)
    chosen = [face for face, group in zip(base.faces, base.groups) if group in groups]
    chosen = [face for face in chosen if base.vertices[face, 1].min() > above]
    used, corners = np.unique(np.concatenate(chosen), return_inverse=True)
    sizes = np.array([len(face) for face in chosen])
    return Body(Mesh(positions[used], corners, sizes, name="MakeHuman body"), positions)


def body_positions(folder: Path, person: Person) -> np.ndarray:
    """(V, 3) positions in millimetres of all vertices of the base mesh on the body that `body` describes."""
    return moved_body(folder, base_positions(folder, person) - MM_PER_UNIT * makehuman_base(folder).vertices)


def moved_body(folder: Path, displacement: np.ndarray) -> np.ndarray:
    """(V, 3) positions in millimetres of the base mesh when its head is moved by (V, 3) mm and the body follows."""
    rest = MM_PER_UNIT * makehuman_base(folder).vertices
    displacement = displacement - displacement[_neck_ring(folder)].mean(axis=0)
    extension, moving = _below_the_head(folder)
    return rest + extension @ np.where(moving[:, None], displacement, 0.0)


@cache
def _below_the_head(folder: Path) -> tuple[sp.csr_matrix, np.ndarray]:
    """(V, V) matrix that bends the neck smoothly between the head and the resting body, and (V,) bool what the head moves."""
    base = makehuman_base(folder)
    rest = MM_PER_UNIT * base.vertices
    skin = np.array([face for face, group in zip(base.faces, base.groups) if group == "body"])
    moving, resting = base.vertices[:, 1] > _SHOULDERS + 0.6, base.vertices[:, 1] < _SHOULDERS - 0.8
    on_skin = np.zeros(len(rest), bool)
    on_skin[skin] = True
    triangles = Mesh.from_faces(rest, skin).triangles
    return smooth_extension(rest, triangles, moving | resting | ~on_skin, 100.0**-2), moving


@cache
def _neck_ring(folder: Path) -> np.ndarray:
    """Vertices of the neck just above the shoulders, where the head's targets still hold."""
    vertices, rows = makehuman_base(folder).vertices, head_rows()
    heights = vertices[rows, 1]
    return rows[(heights > _SHOULDERS + 0.5) & (heights < _SHOULDERS + 0.9)]
