"""ICT-FaceKit's expressions on MakeHuman's mean head, by deformation transfer."""

from __future__ import annotations

import numpy as np
from assets.open_flame import LEFT_OUT

from headbridge.mesh.adjacency import connected_components
from headbridge.models.deformation_transfer import transfer_deformations
from headbridge.topologies import load_builtin, load_deltas, load_topology

from .base_person import BasePerson


def makehuman_expressions(base: BasePerson, hack: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """(55, 5124, 3) displacements of MakeHuman's mean head in the base person's frame, mm, and their names.

    hack, parts : the mean head in ICT's topology. The eyeballs stay."""
    deltas, template = load_deltas("ict"), load_builtin("ict")
    chosen = [k for k, name in enumerate(deltas.expression_names) if name not in LEFT_OUT]
    names = tuple(deltas.expression_names[k] for k in chosen)
    mean = np.concatenate([hack, parts])
    worn = transfer_deformations(template.vertices, deltas.expression[chosen], mean, template.triangles).astype(float)
    shapes = base.to_makehuman(worn[:, : len(hack)])
    _move_teeth(shapes, base, worn, mean, worn[names.index("jawOpen")])
    regions = load_topology("makehuman").regions
    shapes[:, regions["left_eyeball"] | regions["right_eyeball"]] = 0.0
    return shapes, names


def _move_teeth(shapes: np.ndarray, base: BasePerson, worn: np.ndarray, mean: np.ndarray, jaw_open: np.ndarray) -> None:
    """Let teeth and tongue move affinely, as ICT's upper and lower teeth move; the tongue goes with the lower ones."""
    teeth, low = load_topology("ict").regions["teeth"], lower_teeth(jaw_open)
    component = connected_components(load_builtin("makehuman"))
    regions = load_topology("makehuman").regions
    height = base.makehuman[:, 1]
    middle = height[regions["teeth"]].mean()
    for label in np.unique(component[regions["teeth"] | regions["tongue"]]):
        mine = component == label
        upper = regions["teeth"][mine].all() and height[mine].mean() > middle
        theirs = teeth & ~low if upper else low
        shapes[:, mine] = affinely_moved(base.makehuman[mine], mean[theirs], worn[:, theirs])


def lower_teeth(jaw_open: np.ndarray) -> np.ndarray:
    """(26719,) bool, ICT's teeth that go with the jaw; jaw_open : (26719, 3) displacements."""
    teeth, moved = load_topology("ict").regions["teeth"], np.linalg.norm(jaw_open, axis=1)
    return teeth & (moved > 0.5 * moved[teeth].max())


def affinely_moved(points: np.ndarray, others: np.ndarray, displacements: np.ndarray) -> np.ndarray:
    """(N, P, 3) displacements of (P, 3) points by the affine maps nearest to (N, Q, 3) those of (Q, 3) others, mm."""
    columns = displacements.transpose(1, 0, 2).reshape(len(others), -1)
    affine, _, _, _ = np.linalg.lstsq(_homogeneous(others), columns, rcond=None)
    moved = _homogeneous(points) @ affine
    return moved.reshape(len(points), -1, 3).transpose(1, 0, 2)


def _homogeneous(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points / 100.0, np.ones((len(points), 1))], axis=1)
