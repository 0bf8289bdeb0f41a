"""ICT-FaceKit's expressions on MakeHuman's mean head, by deformation transfer."""

from __future__ import annotations

import numpy as np

from headbridge.mesh.adjacency import connected_components
from headbridge.models.deformation_transfer import transfer_deformations
from headbridge.topologies import load_builtin, load_deltas, load_topology

from assets.open_flame import LEFT_OUT

from .base_person import BasePerson


def makehuman_expressions(
    base: BasePerson, hack: np.ndarray, parts: np.ndarray, turn: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(55, 5124, 3) displacements of MakeHuman's mean head, and their names.

    hack, parts : the mean head in ICT's topology; turn : (3, 3) from its frame to MakeHuman's. The eyeballs stay."""
    deltas, template = load_deltas("ict"), load_builtin("ict")
    chosen = [k for k, name in enumerate(deltas.expression_names) if name not in LEFT_OUT]
    names = tuple(deltas.expression_names[k] for k in chosen)
    mean = np.concatenate([hack, parts])
    worn = transfer_deformations(template.vertices, deltas.expression[chosen], mean, template.triangles).astype(float)
    shapes = base.to_makehuman(worn[:, : len(hack)])
    _move_teeth(shapes, base, worn, mean, worn[names.index("jawOpen")])
    regions = load_topology("makehuman").regions
    shapes[:, regions["left_eyeball"] | regions["right_eyeball"]] = 0.0
    return shapes @ turn.T, names


def _move_teeth(shapes: np.ndarray, base: BasePerson, worn: np.ndarray, mean: np.ndarray, jaw_open: np.ndarray) -> None:
    """Let teeth and tongue move affinely, as ICT's upper and lower teeth move; the tongue goes with the lower ones."""
    teeth = load_topology("ict").regions["teeth"]
    low = np.linalg.norm(jaw_open, axis=1)
    low = teeth & (low > 0.5 * low[teeth].max())
    component = connected_components(load_builtin("makehuman"))
    regions = load_topology("makehuman").regions
    height = base.makehuman[:, 1]
    middle = height[regions["teeth"]].mean()
    for label in np.unique(component[regions["teeth"] | regions["tongue"]]):
        mine = component == label
        upper = regions["teeth"][mine].all() and height[mine].mean() > middle
        theirs = teeth & ~low if upper else low
        affine, _, _, _ = np.linalg.lstsq(
            _homogeneous(mean[theirs]), worn[:, theirs].transpose(1, 0, 2).reshape(theirs.sum(), -1), rcond=None
        )
        moved = _homogeneous(base.makehuman[mine]) @ affine
        shapes[:, mine] = moved.reshape(mine.sum(), len(worn), 3).transpose(1, 0, 2)


def _homogeneous(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points / 100.0, np.ones((len(points), 1))], axis=1)
