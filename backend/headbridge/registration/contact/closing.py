"""Closed lips and lids meet in one line: contact instead of cutting.

After the non-rigid registration lips and lids that are shut in the target run through each other or leave a slit,
because nothing there says where one ends and the other begins. Every rim that is shut in the target is opened in a
state without crossings and closed again until its halves touch, by incremental potential contact (Li et al. 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import HeadBridgeError
from ...spatial.intersections import count_self_intersecting_triangles
from ...spatial.proximity import Proximity
from ..target_surface import TargetSurface
from .barrier import Barrier
from .evidence import Evidence, find_evidence
from .faults import FaultFinder, Faults
from .newton import BARRIER_REACH, BARRIER_STRENGTH, RimSolver
from .opening import Opened, opened
from .patch import RimPatch

RIMS = ("lips_inner", "left_lids", "right_lids")
_MOUTH = "lips_inner"
_LABELS = {"lips_inner": "Lips", "left_lids": "Left lids", "right_lids": "Right lids"}
# Elements nearer to each other than this at rest are neighbours, mm.
_NEIGHBOURHOOD = 0.12
# A gap that counts as closed, mm, and flips that unfolding takes out afterwards in any case.
_CLOSED = 0.3
_EASY_FLIPS = 10


@dataclass(frozen=True)
class RimClosing:
    """What became of one rim.

    shut : whether the target is shut there, by `evidence`. closed : whether the result was taken. before, after : the
    rim's surroundings; None where the target is open.
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
    shut: tuple[str, ...] = (),
    wide: tuple[str, ...] = (),
    device: str = "cpu",
) -> Closing:
    """Close every rim that is shut in the target; what is open there stays as it is.

    rest : (V, 3) mm, the undeformed source, after the alignment; triangles : (T, 3); positions : (V, 3) mm, registered;
    has_data : (V,) bool, vertices that were matched; rims : name to (K,) closed curve; up : (3,) unit; target : what
    was registered to; shut : rims that were seen to be shut there; wide : rims that lie on the edge of an open hole: what is
    behind them goes back behind the skin where it came through; device : for the queries. A result with more faults than the
    state before is not taken.
    """
    out = np.array(positions)
    found = []
    for name in RIMS:
        if name not in rims:
            continue
        patch = RimPatch(rest, triangles, has_data, rims[name], up)
        if not patch.has_lips():
            continue
        if name in wide:
            # Linings that came through the skin would take the rim along when folds are taken out.
            deep = RimPatch(rest, triangles, has_data, rims[name], up, deep=True)
            out = _less_crossing(out, _with_linings_put_back(deep, out, up, device), triangles, device)
            continue
        evidence = find_evidence(patch, out[patch.vertices], up, target)
        if not evidence.shut(name == _MOUTH, name in shut):
            found.append(RimClosing(name, evidence, shut=False, closed=False))
            continue
        measured, begun = patch, out
        start = opened(patch, out[patch.vertices], up, device)
        if start.dropped:
            deep = RimPatch(rest, triangles, has_data, rims[name], up, deep=True)
            put_back = _with_linings_put_back(deep, out, up, device)
            other = opened(patch, put_back[patch.vertices], up, device)
            if other.dropped < start.dropped:
                measured, begun, start = deep, put_back, other
        faults = FaultFinder(measured, device)
        before, after = faults(out), None
        moved = _closed(patch, begun, start, up, target, FaultFinder(patch, device), device)
        if moved is not None:
            after = faults(moved)
        taken = after is not None and _good_enough(before, after)
        found.append(RimClosing(name, evidence, True, taken, before, after))
        out = moved if taken else out
    return Closing(out, tuple(found))


def _less_crossing(before: np.ndarray, after: np.ndarray, triangles: np.ndarray, device: str) -> np.ndarray:
    """Of two states (V, 3) the one in which fewer of the (T, 3) triangles cross others, the first when they are alike."""
    counts = [count_self_intersecting_triangles(state, triangles, device) for state in (before, after)]
    return after if counts[1] < counts[0] else before


def _with_linings_put_back(deep: RimPatch, positions: np.ndarray, up: np.ndarray, device: str) -> np.ndarray:
    """(V, 3) positions in which a socket or mouth bag that came through the skin lies behind it again."""
    out = np.array(positions)
    lining = deep.is_free & ~deep.has_data
    out[deep.vertices[lining]] = opened(deep, positions[deep.vertices], up, device).positions[lining]
    return out


def _closed(
    patch: RimPatch,
    begun: np.ndarray,
    start: Opened,
    up: np.ndarray,
    target: TargetSurface,
    faults: FaultFinder,
    device: str,
) -> np.ndarray | None:
    """(V, 3) positions with the rim closed, from `begun` (V, 3) and the opened state of its patch; None when a system
    has no solution."""
    proximity = Proximity(patch.rest, start.triangles, patch.sheets, _NEIGHBOURHOOD, device)
    barrier = Barrier(proximity, BARRIER_REACH, BARRIER_STRENGTH)
    out = np.array(begun)
    try:
        solver = RimSolver(patch, begun[patch.vertices], up, target, barrier)
        out[patch.vertices] = solver.unfold(solver.run(start).positions, faults.triangles)
    except HeadBridgeError:
        # One more result that is not better than the state before.
        return None
    return out


def _good_enough(before: Faults, after: Faults) -> bool:
    return (
        after.crossings <= before.crossings
        and after.flips <= max(before.flips, _EASY_FLIPS)
        and after.gap <= max(before.gap, _CLOSED)
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
