"""Closed lips and lids meet in one line: contact instead of cutting.

After the non-rigid registration lips and lids that are shut in the target run through each other or leave a slit, because
nothing there says where one ends and the other begins. Every rim that is shut in the target is opened in a state without
crossings and closed again until its halves touch, by incremental potential contact (Li et al. 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...metrics.flips import FlipTest
from ...spatial.intersections import SelfIntersections
from ...spatial.proximity import Proximity
from ..target_surface import TargetSurface
from .barrier import Barrier
from .evidence import Evidence, find_evidence
from .newton import BARRIER_REACH, BARRIER_STRENGTH, RimSolver
from .opening import opened
from .patch import RimPatch

RIMS = ("lips_inner", "left_lids", "right_lids")
_MOUTH = "lips_inner"
_LABELS = {"lips_inner": "Lips", "left_lids": "Left lids", "right_lids": "Right lids"}
# Elements nearer to each other than this at rest are neighbours, mm.
_NEIGHBOURHOOD = 0.12
# A gap that counts as closed, mm, and flips that unfolding takes out afterwards in any case.
_CLOSED = 0.3
_EASY_FLIPS = 10
# The part of the rim's length that a gap is measured on: at the corners the halves meet anyway.
_MEASURED = np.linspace(0.1, 0.9, 33)


@dataclass(frozen=True)
class Faults:
    """Flipped triangles, intersecting triangles, and the 95th percentile of the gap between the halves, mm."""

    flips: int
    crossings: int
    gap: float


@dataclass(frozen=True)
class RimClosing:
    """What became of one rim.

    shut : whether the target is shut there, by `evidence`. closed : whether the result was taken. before, after : the rim's
    surroundings; None where the target is open.
    """

    name: str
    evidence: Evidence
    shut: bool
    closed: bool
    before: Faults | None = None
    after: Faults | None = None


@dataclass(frozen=True)
class Closing:
    """positions : (V, 3) mm; rims : what was found and done at each of them."""

    positions: np.ndarray
    rims: tuple[RimClosing, ...]


def close_openings(
    rest: np.ndarray,
    triangles: np.ndarray,
    positions: np.ndarray,
    has_data: np.ndarray,
    rims: dict[str, np.ndarray],
    up: np.ndarray,
    target: TargetSurface,
    device: str = "cpu",
) -> Closing:
    """Close every rim that is shut in the target; what is open there stays as it is.

    rest : (V, 3) mm, the undeformed source, after the alignment; triangles : (T, 3); positions : (V, 3) mm, registered;
    has_data : (V,) bool, vertices that were matched; rims : name to (K,) closed curve; up : (3,) unit; target : what was
    registered to; device : for the queries. A result with more faults than the state before is not taken.
    """
    out = np.array(positions)
    found = []
    for name in RIMS:
        if name in rims:
            patch = RimPatch(rest, triangles, has_data, rims[name], up)
            closed, moved = _close(name, patch, out[patch.vertices], up, target, device)
            found.append(closed)
            out[patch.vertices] = moved
    return Closing(out, tuple(found))


def _close(
    name: str, patch: RimPatch, registered: np.ndarray, up: np.ndarray, target: TargetSurface, device: str
) -> tuple[RimClosing, np.ndarray]:
    """What was done, and (N, 3) positions of the patch."""
    evidence = find_evidence(patch, registered, up, target)
    if not evidence.shut(name == _MOUTH):
        return RimClosing(name, evidence, shut=False, closed=False), registered
    faults = _FaultFinder(patch, device)
    before = faults(registered)
    start = opened(patch, registered, up, device)
    proximity = Proximity(patch.rest, start.triangles, patch.sheets, _NEIGHBOURHOOD, device)
    solver = RimSolver(patch, registered, up, target, Barrier(proximity, BARRIER_REACH, BARRIER_STRENGTH))
    moved = solver.unfold(solver.run(start).positions, faults.flip_test)
    after = faults(moved)
    closed = (
        after.crossings <= before.crossings
        and after.flips <= max(before.flips, _EASY_FLIPS)
        and after.gap <= max(before.gap, _CLOSED)
    )
    return RimClosing(name, evidence, True, closed, before, after), moved if closed else registered


class _FaultFinder:
    def __init__(self, patch: RimPatch, device: str):
        self._patch = patch
        self._moving = patch.is_free[patch.triangles].any(axis=1)
        self.flip_test = FlipTest(patch.rest, patch.triangles)
        self._crossings = SelfIntersections(patch.rest, patch.triangles, device)

    def __call__(self, positions: np.ndarray) -> Faults:
        self._crossings.move(positions)
        pairs = self._crossings.pairs()
        pairs = pairs[self._moving[pairs].any(axis=1)]
        rim, count = self._patch.rim, len(self._patch)
        gaps = (rim.upper.rows(_MEASURED, count) - rim.lower.rows(_MEASURED, count)) @ positions
        return Faults(
            flips=int((self.flip_test.flipped(positions) & self._moving).sum()),
            crossings=len(np.unique(pairs)),
            gap=float(np.percentile(np.linalg.norm(gaps, axis=1), 95)),
        )


def describe(rim: RimClosing) -> str | None:
    """One sentence for the user where something was closed, or could not be."""
    label = _LABELS[rim.name]
    if not rim.shut:
        return None
    if rim.closed:
        return f"{label}: shut in the target, and closed."
    return (
        f"{label}: shut in the target, but they could not be closed without faults "
        f"(gap {rim.before.gap:.1f} mm, {rim.before.crossings} intersecting triangles); place landmark pairs on them."
    )
