"""Makes a planar triangle mesh injective: no triangle flipped, everything else near where it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mesh.uv_layout import signed_areas
from ..progress import Progress
from .layout_problem import LayoutProblem
from .relaxing import relax
from .unfolding import unfold

# What rounding a UV to float32 moves it at most, times some; far below a texel.
_ROUNDING = 5e-7


@dataclass(frozen=True)
class InjectiveResult:
    """A repaired layout.

    uvs : (N, 2) float64.
    flipped : (T,) bool, triangles that could not be repaired: flipped or without area, at the latest once rounded to
        float32.
    iterations : Newton steps taken.
    energies : the energy that is minimised once nothing is folded, before the first step and after every one.
    """

    uvs: np.ndarray
    flipped: np.ndarray
    iterations: int
    energies: list[float]


def make_injective(
    uvs: np.ndarray,
    triangles: np.ndarray,
    rest: np.ndarray,
    weights: np.ndarray,
    anchors: np.ndarray,
    anchor_weights: np.ndarray,
    fixed: np.ndarray,
    *,
    progress: Progress | None = None,
    max_iterations: int = 30,
) -> InjectiveResult:
    """Unfold a layout and minimise its distortion without folding it again.

    First the neighbourhoods of folded triangles are unfolded with the energy of Garanzha et al. 2021 ("Foldover-free
    maps in 50 lines of code"), wider ones where that fails. Then

        sum_t weights_t ((|J_t|^2 + |J_t^-1|^2) / 4 - 1) + sum_i anchor_weights_i |q_i - anchors_i|^2

    is minimised by a projected Newton method whose steps end before a triangle loses its area (Smith and Schaefer 2015,
    "Bijective parameterization with free boundaries"). What is not pulled does not move. Deterministic; a layout scaled
    together with its rest shapes and anchors (and anchor weights inversely to its area) gives the same, scaled. Injective
    means locally so: parts of a chart may still lie over each other.

    Parameters
    ----------
    uvs : (N, 2) positions to start from, finite; whole regions may be folded or collapsed.
    triangles : (T, 3) point indices.
    rest : (T, 2, 2) wanted shape of every triangle, columns p1 - p0 and p2 - p0, in the units of `uvs`, in any rotation.
        Mirrored shapes count as their mirror image, (nearly) degenerate ones as thin triangles.
    weights : (T,) importance of every triangle's shape, such as its area.
    anchors : (N, 2) where points should stay; anchor_weights : (N,) how firmly, 0 where a point has no anchor.
    fixed : (N,) bool, points that never move.
    progress : told the share of the work done; may cancel.
    max_iterations : Newton steps at most once nothing is folded.
    """
    progress = progress or Progress()
    start = np.array(uvs, np.float64)
    problem = LayoutProblem(triangles, rest, weights, anchors, anchor_weights, fixed)
    first = problem.positions(start)
    positions, steps = unfold(problem, first, progress.part(0.0, 0.5))
    positions, course = relax(problem, positions, max_iterations, progress.part(0.5, 1.0))
    # What did not move keeps its coordinates to the last bit.
    out = np.where((positions == first)[:, None], start, problem.uvs(positions))
    out = _opened(out, problem.triangles, np.asarray(fixed, bool))
    flipped = _without_area(out, problem.triangles)
    return InjectiveResult(out, flipped, steps + len(course) - 1, [problem.heaviest * value for value in course])


def _without_area(uvs: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(T,) bool, flipped or without area once rounded to float32."""
    return signed_areas(uvs.astype(np.float32).astype(np.float64)[triangles]) <= 0.0


def _opened(uvs: np.ndarray, triangles: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """The (N, 2) positions with triangles that only rounding to float32 flipped opened a little: the corner opposite the
    longest side moves off it. A move that leaves as many triangles without area is not made."""
    out = uvs
    for triangle in np.flatnonzero(_without_area(uvs, triangles)):
        corners = triangles[triangle]
        sides = out[np.roll(corners, -2)] - out[np.roll(corners, -1)]
        lengths = np.linalg.norm(sides, axis=1)
        apex = int(np.argmax(lengths))
        height = 2.0 * signed_areas(out[corners][None])[0] / max(lengths[apex], 1e-300)
        if fixed[corners[apex]] or lengths[apex] == 0.0 or height < -_ROUNDING:
            continue
        inward = np.array([-sides[apex][1], sides[apex][0]]) / lengths[apex]
        moved = out.copy()
        moved[corners[apex]] += (2.0 * _ROUNDING - height) * inward
        if _without_area(moved, triangles).sum() < _without_area(out, triangles).sum():
            out = moved
    return out
