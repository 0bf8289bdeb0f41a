"""The parts of a scan that may be a head."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...spatial.preparation import PreparedMesh, prepare_target, select_parts

# Fewer triangles do not show a face.
_FEWEST_TRIANGLES = 500
# So many of the largest parts are looked at: a head beside a torso and a table is among them.
_MOST_PARTS = 3


def candidate_parts(scan: Mesh) -> list[PreparedMesh]:
    """The large parts of a scan, prepared, by area; each alone, with notes on what it took.

    Raises `InputError` for a scan that cannot be prepared or is too small."""
    prepared = prepare_target(scan, "scan")
    numbers = np.bincount(prepared.parts.labels)
    large = np.flatnonzero(numbers >= _FEWEST_TRIANGLES)
    if not len(large):
        raise InputError(
            f"'{scan.name}' is too small: its largest part has {int(numbers.max())} triangles, and a face shows from "
            f"about {_FEWEST_TRIANGLES}; export the scan in full resolution, or merge its vertices by distance."
        )
    by_area = large[np.argsort(-prepared.parts.areas[large], kind="stable")]
    return [select_parts(prepared, [part]) for part in by_area[:_MOST_PARTS]]
