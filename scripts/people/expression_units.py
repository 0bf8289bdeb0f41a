"""MakeHuman's own expression units, as far as ICT-FaceKit's expressions do not make them, in every topology.

A unit is first described by ICT-FaceKit's expressions, their coefficients within bounds; what is left is the shape that
the model gets beside them. So a head that ICT-FaceKit's expressions explain needs no unit, and what is hidden (linings of
mouth and eyes) follows ICT-FaceKit's expressions, which know that upper and lower lip part; only the small remainder is
transferred on from the skin around, where a field across open lips would tear the mouth's lining."""

from __future__ import annotations

import numpy as np
from scipy.optimize import lsq_linear

from headbridge.mesh.similarity import fit_similarity
from headbridge.topologies import load_deltas, load_topology

from .base_person import BasePerson
from .expressions import affinely_moved, lower_teeth
from .sources import Shapes, vertex_weights
from .targets import Targets

_FOLDER = "expression/units/"
# How far a coefficient of ICT-FaceKit's goes, mm of mean misfit that weigh as much as one of 1.
_PRICE = 0.1
_SIDES = {"left": "right", "right": "left"}


def expression_units(
    base: BasePerson, targets: Targets, makehuman_expressions: np.ndarray, names: tuple[str, ...]
) -> tuple[Shapes, tuple[str, ...]]:
    """The N remainders as displacements of the base person, mm, mirror images of each other, and the units' names.

    makehuman_expressions : (K, 5124, 3) ICT-FaceKit's expressions `names` on MakeHuman, in the base person's frame."""
    units, whole = _units(base, targets)
    ict = load_deltas("ict")
    expressions = ict.expression[[ict.expression_names.index(name) for name in names], : len(base.hack)]
    hack = base.to_hack(whole)
    shares = _described(hack, expressions.astype(float))

    hack -= np.tensordot(shares, expressions, 1)
    hack[:, base.hidden] = base.to_hidden(hack)
    makehuman = whole - np.tensordot(shares, makehuman_expressions, 1)
    found = Shapes(hack, _parts(base, hack), makehuman)
    image = found.mirrored()
    partner = [units.index(_other_side(unit)) for unit in units]
    image = Shapes(image.hack[partner], image.parts[partner], image.makehuman[partner])
    return (found + image) * 0.5, units


def _units(base: BasePerson, targets: Targets) -> tuple[tuple[str, ...], np.ndarray]:
    """Names, and (N, 5124, 3) displacements of the base person. Ancestries differ by tenths of a millimetre: their mean."""
    of_unit: dict[str, list[np.ndarray]] = {}
    for name, delta in zip(targets.names, targets.deltas):
        if name.startswith(_FOLDER):
            of_unit.setdefault(name.rpartition("/")[2], []).append(delta)
    whole = np.array([np.mean(deltas, axis=0, dtype=np.float64) for deltas in of_unit.values()])
    motion = fit_similarity(targets.base, base.makehuman)
    return tuple(of_unit), motion.scale * whole @ motion.rotation.T


def _described(units: np.ndarray, expressions: np.ndarray) -> np.ndarray:
    """(N, K) coefficients 0..1 of the (K, 14062, 3) expressions that come nearest to the (N, 14062, 3) units."""
    weights = np.sqrt(vertex_weights())[:, None]
    count = len(expressions)
    system = np.concatenate([(expressions * weights).reshape(count, -1).T, _PRICE * np.eye(count)])
    right = np.concatenate([(units * weights).reshape(len(units), -1), np.zeros((len(units), count))], axis=1)
    return np.array([lsq_linear(system, row, bounds=(0.0, 1.0)).x for row in right])


def _parts(base: BasePerson, hack: np.ndarray) -> np.ndarray:
    """(N, 12657, 3) of ICT's other parts: all follow the skin, which else would sink into the gums, teeth as affine maps
    have it; the tongue goes with the lower ones, and eyeballs stay."""
    parts, regions = base.to_parts(hack), load_topology("ict").regions
    jaw_open = load_deltas("ict").expression[load_deltas("ict").expression_names.index("jawOpen")]
    low = lower_teeth(jaw_open)
    for teeth, moving in ((low, low | regions["tongue"]), (regions["teeth"] & ~low,) * 2):
        leads, follows = teeth[len(base.hack) :], moving[len(base.hack) :]
        parts[:, follows] = affinely_moved(base.parts[follows], base.parts[leads], parts[:, leads])
    parts[:, (regions["left_eyeball"] | regions["right_eyeball"])[len(base.hack) :]] = 0.0
    return parts


def _other_side(unit: str) -> str:
    return "-".join(_SIDES.get(word, word) for word in unit.split("-"))
