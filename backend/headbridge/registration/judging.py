"""The verdict on a registration: evidence that does not come from what was minimised.

The limits were set on 68 made heads with known truth, spoiled ones among them. Of 162 such heads, 2 of the 16
whose face or lips are more than 3 mm off are called good, and 9 of the 146 right ones are not: what slid along the surface onto
a place that looks natural shows in none of the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics.distances import PointDistances
from ..spatial.intersections import count_self_intersecting_triangles
from ..verdict import CHECK, FAILED, Reason, Verdict
from .evidence import explanation

if TYPE_CHECKING:
    from .solution import Problem, Solution

_ADD_PAIRS = "Give landmark pairs there, or move the ones that are wrong."


@dataclass(frozen=True)
class Limit:
    """From `check` on a number is to be looked at, from `failed` on the result is wrong."""

    check: float
    failed: float = np.inf

    def level(self, value: float) -> str | None:
        """What a value means, None for nothing."""
        return FAILED if value >= self.failed else CHECK if value >= self.check else None


_MISFIT = {
    "mouth": (Limit(7.5, 16.0), "The mouth lies {:.0f} mm from where it is seen."),
    "eyes": (Limit(6.0, 12.0), "The eyes lie {:.0f} mm from where they are seen."),
    "lid_edges": (Limit(1.5), "An upper lid lies {:.1f} mm from its edge on the target."),
    "lip_edges": (Limit(2.5), "A lip lies {:.1f} mm from its edge on the target."),
    "nose": (Limit(9.0, 16.0), "The nose lies {:.0f} mm from where it is seen."),
}
_UNEXPLAINED, _UNEXPLAINED_REGION = Limit(2.0, 5.0), Limit(2.5, 8.0)
_UNNATURAL = Limit(1.9, 3.0)
_STRETCH = Limit(1.5, 2.0)
_FLIPS, _CROSSINGS = Limit(1, 200), Limit(50, 800)
_DISTANCE = Limit(1.0)
# A vertex farther than this from the target has no counterpart there, mm.
_FACING = 5.0
_UNCOVERED = Limit(0.25, 0.6)
_UNSEEN = Limit(0.4)
_DISAGREEMENT = Limit(0.5, 0.72)


def judge(
    problem: Problem, solution: Solution, metrics: dict[str, Any], measured: PointDistances
) -> tuple[Verdict, dict[str, float]]:
    """The verdict, from landmarks, the head model's explanation, proportions, folds, distances and how the head was found,
    and the numbers it rests on."""
    reasons: list[Reason] = []
    numbers: dict[str, float] = {}

    def weigh(name: str, value: float, limit: Limit, text: str, region: str = "", step: str = "") -> None:
        numbers[name] = float(value)
        level = limit.level(value)
        if level is not None:
            reasons.append(Reason(level, text, region, step))

    if problem.refusal is not None:
        reasons.append(
            Reason(
                CHECK,
                "No face was seen on the target; the head was found by its shape alone.",
                "",
                "Look at the result.",
            )
        )
    if problem.seen is not None:
        unseen = 1.0 - problem.seen.seen
        weigh(
            "unseen", unseen, _UNSEEN, f"{100 * unseen:.0f} % of the face's points were not seen on the target.", "",
            "See that the target is a head whose face is whole and not covered.",
        )  # fmt: skip
    if solution.alignment is not None:
        weigh(
            "disagreement", 1.0 - solution.alignment, _DISAGREEMENT,
            f"Only {100 * solution.alignment:.0f} % of the mean face came to lie on the target.", "",
            "See that the target shows a whole face, or give landmark pairs.",
        )  # fmt: skip
    for region, value in (solution.misfit or {}).items():
        if region in _MISFIT:
            limit, text = _MISFIT[region]
            weigh(f"misfit_{region}", value, limit, text.format(value), region, _ADD_PAIRS)
    topology = problem.source_topology
    if topology is not None:
        _weigh_shape(problem, solution, weigh)
    weigh("flips", metrics["flipped_triangles"], _FLIPS, f"{metrics['flipped_triangles']} triangles are flipped.")
    surplus = _crossings(problem, solution.positions) - _crossings(problem, solution.aligned)
    weigh("crossings", surplus, _CROSSINGS, f"{surplus} more triangles of the skin cross others than the source's own.")
    _weigh_distances(problem, solution, measured, weigh)
    return Verdict.of(reasons), numbers


def _crossings(problem: Problem, positions: np.ndarray) -> int:
    """How many triangles of the skin that was matched cross others of it: what lies inside the mouth is not seen."""
    triangles, topology = problem.inputs.source.triangles, problem.source_topology
    if topology is not None:
        skin = topology.skin & ~topology.no_match
        triangles = triangles[skin[triangles].all(axis=1)]
    return count_self_intersecting_triangles(positions, triangles, problem.settings.device)


def _weigh_shape(problem: Problem, solution: Solution, weigh) -> None:
    topology = problem.source_topology
    explained = explanation(topology, solution.positions)
    if explained is not None:
        weigh(
            "unexplained", explained.residual, _UNEXPLAINED,
            f"The face differs by {explained.residual:.1f} mm from every head that is known.", "face",
            "See that the target is a human head and its features came to lie on their own.",
        )  # fmt: skip
        weigh(
            "unexplained_region", explained.worst, _UNEXPLAINED_REGION,
            f"{explained.region.capitalize()} and known heads differ by {explained.worst:.1f} mm.", explained.region, _ADD_PAIRS,
        )  # fmt: skip
        weigh(
            "unnatural", explained.unnatural, _UNNATURAL,
            f"The head is {explained.unnatural:.1f} times as unusual as people are.", "", "See that the target is not distorted.",
        )  # fmt: skip
    face = (
        np.flatnonzero(topology.regions["face"] & topology.skin & ~topology.no_match)
        if "face" in topology.regions
        else []
    )
    if len(face) > 10:
        before, after = solution.aligned[face], solution.positions[face]
        affine, *_ = np.linalg.lstsq(before - before.mean(axis=0), after - after.mean(axis=0), rcond=None)
        sizes = np.linalg.svd(affine, compute_uv=False)
        stretch = sizes[0] / max(sizes[-1], 1e-9)
        weigh(
            "stretch", stretch, _STRETCH, f"The face is stretched {stretch:.1f} times more one way than another.", "face",
            "See that the target is scaled alike in all directions.",
        )  # fmt: skip


def _weigh_distances(problem: Problem, solution: Solution, measured: PointDistances, weigh) -> None:
    topology = problem.source_topology
    face = solution.weights > 0.0
    if topology is not None and "narrow_face" in topology.regions:
        face = topology.regions["narrow_face"] & topology.skin & ~topology.no_match
    covered = face & ~measured.on_boundary & (measured.distances <= _FACING)
    if covered.any():
        p95 = float(np.percentile(measured.distances[covered], 95.0))
        weigh(
            "distance", p95, _DISTANCE, f"A twentieth of the face lies more than {p95:.1f} mm off the target.", "face",
            "Lower the stiffness, or see what covers the face.",
        )  # fmt: skip
    missing = 1.0 - covered.sum() / max(face.sum(), 1)
    weigh(
        "uncovered", missing, _UNCOVERED, f"{100 * missing:.0f} % of the face has no counterpart on the target.", "face",
        "What has none follows smoothly; that is a guess.",
    )  # fmt: skip
