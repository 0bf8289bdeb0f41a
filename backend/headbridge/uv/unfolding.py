"""Takes folds out of a layout: Tutte's embedding of what is folded, then a foldover-free energy around it."""

from __future__ import annotations

import numpy as np

from ..progress import Progress
from .distortion import foldover_free, regularised
from .embedding import embed_inside
from .layout_problem import LayoutProblem, cross
from .mapping_energy import MappingEnergy, lowest
from .newton_step import newton_step

# How many rings around folded triangles may move, attempt by attempt, and how strongly their anchors pull.
_ATTEMPTS = ((3, 1.0), (6, 0.1), (12, 0.01), (24, 0.001))
_STEPS = 60
# Points that lie so few edges inside what is folded belong to it.
_CLOSING = 2
# Unfolded regions go on for so many steps, unless no triangle is smaller than this against its rest shape: thin
# triangles make the barrier energy stiff.
_ROUNDING_STEPS = 8
_ROUND = 0.05
# Lighter triangles count as this share of the heaviest: here it matters more that they unfold than what for.
_LIGHTEST = 0.1
# Rest shapes shrink at most this much.
_SMALLEST = 1.0e-3
# The regularisation where nothing is folded, at least where something is, and as a share of the worst fold.
_UNFOLDED = 1.0e-9
_LEAST = 1.0e-3
_OF_WORST = 0.2
# How much closer to the lowest determinant each step brings the regularisation, at least.
_ADVANCE = 0.1


def unfold(problem: LayoutProblem, positions: np.ndarray, progress: Progress) -> tuple[np.ndarray, int]:
    """(N,) complex positions without folds, as far as that succeeds, and the steps taken. Only what lies near folds
    moves, more of it from attempt to attempt."""
    repairable = ~problem.fixed[problem.triangles].all(axis=1)
    steps = 0
    for number, (rings, pull) in enumerate(_ATTEMPTS):
        folded = problem.folded(positions) & repairable
        if not folded.any():
            break
        near = np.zeros(len(positions), bool)
        near[problem.triangles[folded]] = True
        near = ~problem.grown(~problem.grown(near, _CLOSING), _CLOSING)
        shrinkage = _shrinkage(problem, near, positions)
        for inside in (~problem.grown(~near, 1), near):
            positions = _spread(problem, positions, inside & ~problem.fixed)
        free = problem.grown(near, rings) & ~problem.fixed
        energy = problem.energy(free, pull, shrinkage, _LIGHTEST)
        part = progress.part(number / len(_ATTEMPTS), (number + 1) / len(_ATTEMPTS))
        positions, taken = _unfold_around(problem, energy, positions, part)
        steps += taken
    return positions, steps


def _shrinkage(problem: LayoutProblem, near: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """(T,) scale at which the rest shapes of every cluster of triangles among the points `near` fit the area that its
    outline encloses, where that is too small for them."""
    clusters = problem.energy(near)
    counted = near[clusters.triangles].all(axis=1)
    corners = positions[clusters.triangles]
    room = clusters.sums(counted * cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    wanted = clusters.sums(counted * problem.rest_areas[clusters.chosen])
    share = np.divide(room, wanted, out=np.ones_like(room), where=(room > 0.0) & (wanted > 0.0))
    out = np.ones(len(problem.triangles))
    out[clusters.chosen[counted]] = np.clip(np.sqrt(share), _SMALLEST, 1.0)[clusters.triangle_components[counted]]
    return out


def _spread(problem: LayoutProblem, positions: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Tutte's embedding of the points inside, cluster by cluster, where that leaves fewer folds."""
    clusters = problem.energy(inside)
    spread = problem.positions(embed_inside(problem.uvs(positions), problem.triangles, inside))
    folds_now = clusters.sums(problem.folded(positions, clusters.triangles))
    folds_then = clusters.sums(problem.folded(spread, clusters.triangles))
    better = clusters.points[(folds_then < folds_now)[clusters.components]]
    out = np.array(positions)
    out[better] = spread[better]
    return out


def _unfold_around(
    problem: LayoutProblem,
    energy: MappingEnergy,
    positions: np.ndarray,
    progress: Progress,
) -> tuple[np.ndarray, int]:
    owners, count = energy.triangle_components, energy.component_count
    worst = lowest(energy.determinants(positions), owners, count)
    epsilon = np.where(worst > 0.0, _UNFOLDED, np.hypot(_LEAST, _OF_WORST * worst))
    sound_steps = np.zeros(count, np.int64)
    for number in range(_STEPS):
        progress.report(number / _STEPS, "Unfolding the layout")
        going = sound_steps < _ROUNDING_STEPS
        if not going.any():
            return positions, number
        density = foldover_free(epsilon[owners])
        positions, before, after = newton_step(problem, energy, positions, density, going, barrier=False)
        worst = lowest(energy.determinants(positions), owners, count)
        gain = 1.0 - (after + energy.component_weights) / (before + energy.component_weights)
        epsilon = _next_epsilon(epsilon, gain, worst)
        sound = energy.sums(problem.folded(positions, energy.triangles)) == 0
        sound_steps = np.where(sound, np.where(worst > _ROUND, _ROUNDING_STEPS, sound_steps + 1), 0)
    return positions, _STEPS


def _next_epsilon(epsilon: np.ndarray, gain: np.ndarray, worst: np.ndarray) -> np.ndarray:
    """(C,) the regularisation of the next step by the rule of Garanzha et al., from its value now, the relative decrease
    of the energy and the lowest determinant."""
    aim = (1.0 - np.maximum(_ADVANCE, gain)) * regularised(worst, epsilon)
    needed = 2.0 * np.sqrt(np.maximum(aim * (aim - worst), 0.0))
    return np.maximum(np.where(worst < aim, needed, 0.0), _UNFOLDED)
