"""Finding out in which unit a head was modelled."""

from __future__ import annotations

import numpy as np

from .mesh import Mesh
from .topologies import TOPOLOGY_KEYS, Topology, load_builtin

MM_PER_UNIT = {"metres": 1000.0, "decimetres": 100.0, "centimetres": 10.0, "millimetres": 1.0, "inches": 25.4}
"""Units heads come in. Inches are last: they are believed only where no metric unit fits."""

PLAUSIBLE_MM = (140.0, 700.0)
"""Largest side of the bounding box: from a face mask to a bust. Less than a factor of ten, so metric units exclude
each other."""

_SAME_TOPOLOGY_TOLERANCE = 1.35
"""How much an adult's or a child's head may differ in size from its topology's template."""
SMALLEST_ADULT = 1.0 / _SAME_TOPOLOGY_TOLERANCE


def guess_units(
    mesh: Mesh, topology: Topology | None = None, smallest: float = SMALLEST_ADULT
) -> tuple[float | None, str]:
    """Millimetres per unit of a head mesh, and one sentence saying why.

    With a recognised `topology` (not a relative of one, which may be a part) the size is compared with that template's
    own; else the largest side of the bounding box of all faces must be `PLAUSIBLE_MM`. None when no unit fits: the mesh
    is in arbitrary units. smallest : the least size a head may have, 1 being the template's.
    """
    if topology is not None and topology.key in TOPOLOGY_KEYS:
        return _by_template(mesh, topology, smallest)
    size = float(np.ptp(mesh.vertices[mesh.corners], axis=0).max())
    for unit, mm in MM_PER_UNIT.items():
        if PLAUSIBLE_MM[0] <= size * mm <= PLAUSIBLE_MM[1]:
            return mm, f"{size:.4g} units large, a head's size in {unit}."
    return (
        None,
        f"{size:.4g} units large, no head's size in any known unit: its units are arbitrary.",
    )


def known_unit(mm_per_unit: float, smallest: float = SMALLEST_ADULT) -> tuple[str, float] | None:
    """Name and length (mm) of the known unit that one of `mm_per_unit`, measured on a head of the template's size, is;
    None when it is none. smallest : the least size a head may have, 1 being the template's."""
    for unit, mm in MM_PER_UNIT.items():
        if smallest <= mm / mm_per_unit <= _SAME_TOPOLOGY_TOLERANCE:
            return unit, mm
    return None


def _by_template(mesh: Mesh, topology: Topology, smallest: float) -> tuple[float | None, str]:
    mm = _spread(load_builtin(topology.key).vertices) / _spread(mesh.vertices)
    if (unit := known_unit(mm, smallest)) is not None:
        return unit[1], f"in {unit[0]} its size is {unit[1] / mm:.2f} times the {topology.label} template's."
    return None, (
        f"one unit would be {mm:.4g} mm for the size of the {topology.label} template, "
        "no known unit: its units are arbitrary."
    )


def _spread(vertices: np.ndarray) -> float:
    """Root mean square distance from the centroid: comparable between meshes of one topology whatever their pose."""
    return float(np.sqrt(((vertices - vertices.mean(axis=0)) ** 2).sum(axis=1).mean()))
