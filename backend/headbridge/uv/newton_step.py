"""One step of the projected Newton method on a mapping energy, every component with a step length of its own."""

from __future__ import annotations

import numpy as np

from .layout_problem import LayoutProblem, cross
from .mapping_energy import DensityFunction, MappingEnergy, lowest

# A step stops short of the first triangle to lose its area by this factor; one that decreases the energy less than this
# share of what its slope promises is halved, at most so often.
_SHORT = 0.9
_SUFFICIENT = 1.0e-4
_HALVINGS = 24
# A parabola's minimum gains half of what the slope promises. Where more is gained the energy flattens out, as a barrier
# does, and a step twice as long is tried, at most so often.
_FLATTENING = 0.55
_DOUBLINGS = 3
# Around a triangle that a step has to spare, points take a share of it that grows twofold over so many rings.
_SPARING = 4


def newton_step(
    problem: LayoutProblem,
    energy: MappingEnergy,
    positions: np.ndarray,
    density: DensityFunction,
    going: np.ndarray,
    barrier: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions after a step that decreases the energy, or stays where none does.

    Parameters
    ----------
    positions : (N,) complex; with `barrier` no triangle may be folded, and none will be afterwards.
    going : (C,) bool, components that may move.

    Returns
    -------
    (N,) complex positions, and each component's energy before and after, (C,).
    """
    direction, slope = energy.newton_direction(positions, density)
    before = energy.values(positions, density)
    longest = np.full(len(slope), np.inf)
    if barrier:
        direction, slope, longest = _sparing(energy, positions, energy.gradient(positions, density), direction, slope)

    def moved(length: np.ndarray) -> np.ndarray:
        trial = np.array(positions)
        trial[energy.points] += length[energy.components] * direction
        return trial

    def values(length: np.ndarray) -> np.ndarray:
        trial = moved(length)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            energies = energy.values(trial, density)
        energies[~np.isfinite(energies)] = np.inf
        if barrier:
            energies[energy.sums(problem.folded(trial, energy.triangles)) > 0] = np.inf
        return energies

    length = np.where(going & (slope < 0.0), np.minimum(1.0, longest), 0.0)
    after = values(length)
    for _ in range(_HALVINGS):
        short = (length > 0.0) & (after > before + _SUFFICIENT * length * slope)
        if not short.any():
            break
        length[short] *= 0.5
        after = values(length)
    else:
        length[after > before] = 0.0
    for _ in range(_DOUBLINGS):
        flat = (length >= 1.0) & (after < before + _FLATTENING * length * slope) & (2.0 * length <= longest)
        if not flat.any():
            break
        farther = values(np.where(flat, 2.0 * length, length))
        better = flat & (farther < after)
        length, after = np.where(better, 2.0 * length, length), np.where(better, farther, after)
    return moved(length), before, np.where(length > 0.0, after, before)


def _sparing(
    energy: MappingEnergy, positions: np.ndarray, gradient: np.ndarray, direction: np.ndarray, slope: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A direction, its slope (C,) and how long a step along it may be (C,).

    One triangle that soon loses its area would hold up a whole component; where more is gained by it, only the points
    around that triangle are held back."""
    owners, count = energy.triangle_components, energy.component_count
    corners = energy.triangles.reshape(-1)
    room = _SHORT * _room(energy, positions, direction)
    share = np.ones(len(positions))
    np.minimum.at(share, corners, np.repeat(room, 3))
    for _ in range(_SPARING):
        np.minimum.at(share, corners, np.repeat(2.0 * share[energy.triangles].min(axis=1), 3))
    held = share[energy.points] * direction
    held_slope = np.bincount(energy.components, (gradient.conj() * held).real, count)
    longest = lowest(room, owners, count)
    held_longest = lowest(_SHORT * _room(energy, positions, held), owners, count)
    better = np.minimum(held_longest, 1.0) * held_slope < np.minimum(longest, 1.0) * slope
    return (
        np.where(better[energy.components], held, direction),
        np.where(better, held_slope, slope),
        np.where(better, held_longest, longest),
    )


def _room(energy: MappingEnergy, positions: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """(S,) the step length at which each triangle loses its area."""
    moving = np.zeros(len(positions), complex)
    moving[energy.points] = direction
    corners, moves = positions[energy.triangles], moving[energy.triangles]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    first_move, second_move = moves[:, 1] - moves[:, 0], moves[:, 2] - moves[:, 0]
    return first_root(
        cross(first_move, second_move), cross(first, second_move) + cross(first_move, second), cross(first, second)
    )


def first_root(square: np.ndarray, linear: np.ndarray, constant: np.ndarray) -> np.ndarray:
    """(T,) smallest positive root of square t^2 + linear t + constant for constant > 0; infinity where there is none."""
    discriminant = linear * linear - 4.0 * square * constant
    # Of the two ways to write a root the one that does not subtract near-equal numbers.
    divisor = np.sqrt(np.maximum(discriminant, 0.0)) - linear
    ahead = np.divide(2.0 * constant, divisor, out=np.full_like(constant, np.inf), where=divisor > 0.0)
    return np.where(discriminant < 0.0, np.inf, ahead)
