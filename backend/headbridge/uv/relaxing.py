"""Minimises a layout's distortion without folding it."""

from __future__ import annotations

import numpy as np

from ..progress import Progress
from .distortion import symmetric_dirichlet
from .layout_problem import LayoutProblem
from .mapping_energy import MappingEnergy
from .newton_step import newton_step

# A component has arrived when a step decreases its energy by less than this share of it, or of the whole layout's.
_ARRIVED = 1.0e-3
_NEGLIGIBLE = 1.0e-5
# A point pulled by less than this share of its triangles' size stays; around the others so many rings move along. Where
# that makes more than this share of the layout all of it moves.
_SLACK = 0.01
_SURROUNDINGS = 8
_MOST = 0.6
# Rounds of finding what is pulled and letting it move.
_ROUNDS = 6


def relax(
    problem: LayoutProblem, positions: np.ndarray, steps: int, progress: Progress
) -> tuple[np.ndarray, list[float]]:
    """(N,) complex positions of lower symmetric Dirichlet energy and its course, from the start on. Triangles that are
    folded keep their place, and so does what is not pulled; at most so many steps are taken."""
    free = ~problem.fixed
    free[problem.triangles[problem.folded(positions)]] = False
    whole = problem.energy(free)
    course = [float(whole.values(positions, symmetric_dirichlet).sum())]
    for _ in range(_ROUNDS):
        active = _pulled(problem, whole, positions)
        if not active.any():
            break
        everything = active.sum() == len(whole.points)
        energy = whole if everything else problem.energy(active)
        going = np.ones(energy.component_count, bool)
        reached = course[-1]
        while going.any() and len(course) <= steps:
            progress.report((len(course) - 1) / steps, "Relaxing the layout")
            positions, before, after = newton_step(problem, energy, positions, symmetric_dirichlet, going, barrier=True)
            course.append(course[-1] - float((before - after).sum()))
            going &= before - after > np.maximum(_ARRIVED * before, _NEGLIGIBLE * course[-1])
        if everything or len(course) > steps or reached - course[-1] <= _ARRIVED * reached:
            break
    return positions, course


def _pulled(problem: LayoutProblem, whole: MappingEnergy, positions: np.ndarray) -> np.ndarray:
    """(N,) bool, the free points under tension and those around them."""
    free = np.zeros(len(positions), bool)
    free[whole.points] = True
    pulled = np.zeros(len(positions), bool)
    pulled[whole.points[whole.tension(positions, symmetric_dirichlet) > _SLACK]] = True
    pulled = problem.grown(pulled, _SURROUNDINGS) & free
    return free if pulled.sum() > _MOST * free.sum() else pulled
