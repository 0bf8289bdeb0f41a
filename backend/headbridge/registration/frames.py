"""Bringing source and target into one millimetre frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mesh import Mesh
from ..mesh.similarity import Similarity, fit_similarity_robust
from ..topologies import Topology, load_builtin
from ..units import MM_PER_UNIT, guess_units

# A guessed unit may be this far off the size found by alignment: heads differ. Inches are rare, and an arbitrary unit
# comes as near to them as to anything else.
_UNIT_TOLERANCE = 1.3
_INCH_TOLERANCE = 1.05


@dataclass(frozen=True)
class SourceFrame:
    """`canonical`: source file frame and units to millimetres, Y up, face along +Z; `known` is False when it is a guess."""

    canonical: Similarity
    known: bool


def source_frame(source: Mesh, topology: Topology | None) -> SourceFrame:
    """Where the source's own canonical frame is: found by its template where the topology is known."""
    identity = Similarity(1.0, np.eye(3), np.zeros(3))
    mm, _ = guess_units(source, topology)
    if topology is None:
        return SourceFrame(Similarity(mm or 1.0, identity.rotation, identity.translation), known=mm is not None)
    template = load_builtin(topology.key).vertices
    found = fit_similarity_robust(source.vertices[topology.skin], template[topology.skin])
    if mm is not None:
        centre = source.vertices.mean(axis=0)
        moved = found.apply(centre[None])[0]
        found = Similarity(mm, found.rotation, moved - mm * found.rotation @ centre)
    return SourceFrame(found, known=True)


def target_millimetres(
    target: Mesh, topology: Topology | None, source_mm: float, source_to_target: float
) -> tuple[float, str]:
    """Millimetres per target unit, and one sentence saying why.

    source_mm : millimetres per source unit; source_to_target : target units per source unit, from the alignment.
    """
    found = source_mm / source_to_target
    if topology is not None:
        mm, reason = guess_units(target, topology)
        if mm is not None:
            return mm, f"Target: {reason}"
    unit = min(MM_PER_UNIT, key=lambda name: abs(np.log(MM_PER_UNIT[name] / found)))
    ratio = MM_PER_UNIT[unit] / found
    tolerance = _INCH_TOLERANCE if unit.startswith("inch") else _UNIT_TOLERANCE
    if 1.0 / tolerance <= ratio <= tolerance:
        return MM_PER_UNIT[unit], f"Target: its size next to the source's says its unit is {unit}."
    return found, f"Target: arbitrary units; one unit is taken as {found:.4g} mm, from the source's size."
