"""Makes a planar triangle mesh injective: no triangle turned over, everything else near where it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ..progress import Progress
from .distortion import foldover_free, regularised, symmetric_dirichlet
from .embedding import embed_inside, point_neighbours
from .mapping_energy import DensityFunction, MappingEnergy, jacobian_slopes

# How many rings around folded triangles may move, attempt by attempt, and how strongly their anchors pull.
_ATTEMPTS = ((3, 1.0), (6, 0.1), (12, 0.01), (24, 0.001))
_UNFOLDING_STEPS = 60
_FASTEST = 0.1
_CLOSING = 2
# Weights below this share of the heaviest count as this while unfolding, and rest shapes shrink at most this much.
_LIGHTEST = 0.1
_SMALLEST = 1.0e-3
# Unfolded regions go on for so many steps, unless no triangle is smaller than this against its rest shape: thin
# triangles make the barrier energy stiff.
_ROUNDING_STEPS = 8
_ROUND = 0.05
# Rest triangles squeezed more than this, against an equilateral one, count as squeezed this much.
_THINNEST = 1.0e-2
_EQUILATERAL = np.array([[1.0, 0.5], [0.0, np.sqrt(0.75)]])
# A step stops short of the first triangle to lose its area by this factor; one that decreases the energy less than this
# share of what its slope promises is halved, so often.
_SHORT = 0.9
_SUFFICIENT = 1.0e-4
_HALVINGS = 24
_DOUBLINGS = 3
_FLATTENING = 0.55
# Relative decrease of the energy below which a component has arrived.
_ARRIVED = 1.0e-3
# A point pulled by less than this share of its triangles' size stays; around the others so many rings move along. Where
# that makes more than this share of the layout all of it moves.
_SLACK = 0.01
_SURROUNDINGS = 8
_MOST = 0.6
_SWEEPS = 6
_FLOAT32_ERROR = 2.0**-24


@dataclass
class InjectiveResult:
    """A mended layout.

    uvs : (N, 2) float64.
    flipped : (T,) bool, triangles that could not be mended: turned over or without area, at the latest once rounded to
        float32.
    iterations : Newton steps taken.
    energies : energy after every step of the barrier phase, weighted symmetric Dirichlet plus anchors, first the start.
    """

    uvs: np.ndarray
    flipped: np.ndarray
    iterations: int
    energies: list[float] = field(default_factory=list)


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
    "Bijective parameterization with free boundaries"). Deterministic; the result scales with its input.

    Parameters
    ----------
    uvs : (N, 2) positions to start from, finite.
    triangles : (T, 3) point indices.
    rest : (T, 2, 2) wanted shape of every triangle, columns p1 - p0 and p2 - p0, in the units of `uvs`, positively
        oriented in any rotation; triangles (nearly) without area count as thin ones.
    weights : (T,) > 0, importance of every triangle's shape, such as its area.
    anchors : (N, 2), anchor_weights : (N,) >= 0, 0 where a point has no anchor.
    fixed : (N,) bool, points that never move.
    progress : told the share of the work done; may cancel.
    max_iterations : Newton steps on the barrier energy at most.
    """
    problem = _Problem(uvs, triangles, rest, weights, anchors, anchor_weights, fixed, progress or Progress())
    positions = problem.start
    positions = problem.unfold(positions)
    positions = problem.relax(positions, max_iterations)
    return problem.result(positions)


class _Problem:
    """The layout in units of its typical edge, and what is to be kept of it."""

    def __init__(self, uvs, triangles, rest, weights, anchors, anchor_weights, fixed, progress):
        self._triangles = np.asarray(triangles)
        self._progress = progress
        self._fixed = np.asarray(fixed, bool)
        rest = _sound_shapes(np.asarray(rest, np.float64))
        self._unit = float(np.sqrt(np.median(np.linalg.det(rest)))) if len(rest) else 1.0
        self._heaviest = float(max(np.max(weights, initial=0.0), 1.0e-300))
        self._weights = np.asarray(weights, np.float64) / self._heaviest
        self._anchor_weights = np.asarray(anchor_weights, np.float64) * (self._unit**2 / self._heaviest)
        self._uvs = np.asarray(uvs, np.float64)
        self.start = _complex(self._uvs) / self._unit
        self._anchors = _complex(np.asarray(anchors, np.float64)) / self._unit
        self._slopes = jacobian_slopes(rest / self._unit)
        self._areas = np.linalg.det(rest / self._unit)
        self._iterations = 0
        self._energies: list[float] = []

    @cached_property
    def _neighbours(self) -> sp.csr_matrix:
        return point_neighbours(self._triangles, len(self.start))

    def folded(self, positions: np.ndarray, triangles: np.ndarray | None = None) -> np.ndarray:
        """(T,) bool, triangles that are turned over or may lose their area once rounded to float32."""
        corners = positions[self._triangles if triangles is None else triangles]
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        rounding = 2.0 * _FLOAT32_ERROR * np.maximum(np.abs(corners.real), np.abs(corners.imag)).max(axis=1)
        length = np.abs(first.real) + np.abs(first.imag) + np.abs(second.real) + np.abs(second.imag)
        return (first.conj() * second).imag <= rounding * (length + 2.0 * rounding)

    def unfold(self, positions: np.ndarray) -> np.ndarray:
        """Positions without folds, as far as that succeeds; moves only what lies near folds."""
        movable = ~self._fixed[self._triangles].all(axis=1)
        folded = self.folded(positions) & movable
        if not folded.any():
            return positions
        for rings, pull in _ATTEMPTS:
            near = np.zeros(len(positions), bool)
            near[self._triangles[folded]] = True
            shrink = self._shrinkage(near, positions)
            # Closed, so that no scattered point stays behind among the folds.
            near = ~self._grown(~self._grown(near, _CLOSING), _CLOSING)
            enclosed = ~self._grown(~near, 1)
            for inside in (enclosed, near):
                positions = self._spread(positions, inside & ~self._fixed)
            near = self._grown(near, rings)
            energy = MappingEnergy(
                self._triangles,
                self._slopes / shrink[:, None],
                np.maximum(self._weights, _LIGHTEST),
                self._anchors,
                pull * self._anchor_weights,
                near & ~self._fixed,
            )
            positions = self._unfold_region(energy, positions)
            folded = self.folded(positions) & movable
            if not folded.any():
                break
        return positions

    def _grown(self, points: np.ndarray, rings: int) -> np.ndarray:
        """(N,) bool, the points within so many edges of some."""
        for _ in range(rings):
            points = points | (self._neighbours @ points > 0)
        return points

    def _shrinkage(self, near: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """(T,) scale at which the rest shapes of every cluster of triangles among the points `near` fit the area that its
        outline encloses, where that is too small for them."""
        energy = self._energy(near, 0.0)
        counted = near[energy.triangles].all(axis=1)
        corners = positions[energy.triangles]
        room = ((corners[:, 1] - corners[:, 0]).conj() * (corners[:, 2] - corners[:, 0])).imag
        room, wanted = energy.sums(counted * room), energy.sums(counted * self._areas[energy.chosen])
        fits = np.sqrt(np.divide(room, wanted, out=np.ones_like(room), where=(room > 0.0) & (wanted > 0.0)))
        shrink = np.ones(len(self._triangles))
        shrink[energy.chosen[counted]] = np.clip(fits, _SMALLEST, 1.0)[energy.triangle_components[counted]]
        return shrink

    def _spread(self, positions: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Tutte's embedding of the points inside where it leaves fewer folds."""
        energy = self._energy(inside, 0.0)
        spread = _complex(embed_inside(_real(positions), self._triangles, inside))
        folds = energy.sums(self.folded(spread, energy.triangles)) - energy.sums(
            self.folded(positions, energy.triangles)
        )
        better = energy.points[folds[energy.components] < 0]
        out = np.array(positions)
        out[better] = spread[better]
        return out

    def _energy(self, free: np.ndarray, pull: float) -> MappingEnergy:
        return MappingEnergy(
            self._triangles, self._slopes, self._weights, self._anchors, pull * self._anchor_weights, free
        )

    def _unfold_region(self, energy: MappingEnergy, positions: np.ndarray) -> np.ndarray:
        owner = energy.triangle_components
        determinants = energy.determinants(positions)
        lowest = _lowest(determinants, owner, energy.component_count)
        epsilon = np.where(lowest > 0.0, 1.0e-9, np.sqrt(1.0e-6 + 0.04 * lowest**2))
        sound_for = np.zeros(energy.component_count, np.int64)
        for number in range(_UNFOLDING_STEPS):
            self._progress.report(0.5 * number / _UNFOLDING_STEPS, "Unfolding")
            density = foldover_free(epsilon[owner])
            before, after, positions = self._step(energy, positions, density, sound_for < _ROUNDING_STEPS)
            lowest = _lowest(energy.determinants(positions), owner, energy.component_count)
            gain = 1.0 - (after + energy.component_weights) / (before + energy.component_weights)
            epsilon = _next_epsilon(epsilon, gain, lowest)
            folds = energy.sums(self.folded(positions, energy.triangles))
            sound_for = np.where(folds > 0, 0, np.where(lowest > _ROUND, _ROUNDING_STEPS, sound_for + 1))
            if (sound_for >= _ROUNDING_STEPS).all():
                break
        return positions

    def relax(self, positions: np.ndarray, max_iterations: int) -> np.ndarray:
        """Minimise the barrier energy where points are pulled; triangles still folded keep their place."""
        free = ~self._fixed
        free[self._triangles[self.folded(positions)]] = False
        whole = self._energy(free, 1.0)
        total = float(whole.values(positions, symmetric_dirichlet).sum())
        self._energies = [total * self._heaviest]
        remaining = max_iterations
        remaining = max_iterations
        for _ in range(_SWEEPS):
            active = self._pulled(whole, positions)
            if not active.any():
                break
            energy = whole if active.sum() == len(whole.points) else self._energy(active, 1.0)
            going = np.ones(energy.component_count, bool)
            reached = total
            while remaining > 0 and going.any():
                self._progress.report(1.0 - 0.5 * remaining / max_iterations, "Relaxing the layout")
                before, after, positions = self._step(energy, positions, symmetric_dirichlet, going, barrier=True)
                total -= float((before - after).sum())
                self._energies.append(total * self._heaviest)
                going &= before - after > _ARRIVED * before
                remaining -= 1
            if remaining <= 0 or energy is whole or reached - total <= _ARRIVED * reached:
                break
        return positions

    def _pulled(self, energy: MappingEnergy, positions: np.ndarray) -> np.ndarray:
        """(N,) bool, the free points under tension and those around them."""
        pulled = np.zeros(len(positions), bool)
        pulled[energy.points[energy.tension(positions, symmetric_dirichlet) > _SLACK]] = True
        free = np.zeros(len(positions), bool)
        free[energy.points] = True
        pulled = self._grown(pulled, _SURROUNDINGS) & free
        return free if pulled.sum() > _MOST * free.sum() else pulled

    def _step(
        self,
        energy: MappingEnergy,
        positions: np.ndarray,
        density: DensityFunction,
        going: np.ndarray,
        barrier: bool = False,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One Newton step of the components `going` (C,): energies before and after (C,), and the new positions."""
        self._iterations += 1
        direction, slope = energy.newton_direction(positions, density)
        before = energy.values(positions, density)
        longest = _SHORT * self._room(energy, positions, direction) if barrier else np.full_like(slope, np.inf)

        def moved(length: np.ndarray) -> np.ndarray:
            trial = np.array(positions)
            trial[energy.points] += length[energy.components] * direction
            return trial

        def values(length: np.ndarray) -> np.ndarray:
            trial = moved(length)
            with np.errstate(all="ignore"):
                energies = energy.values(trial, density)
            if barrier:
                energies[energy.sums(self.folded(trial, energy.triangles)) > 0] = np.inf
            return np.where(np.isfinite(energies), energies, np.inf)

        length = np.where(going & (slope < 0.0), np.minimum(1.0, longest), 0.0)
        after = values(length)
        for _ in range(_HALVINGS):
            short = after > before + _SUFFICIENT * length * slope
            if not short.any():
                break
            length[short] *= 0.5
            after = values(length)
        else:
            length[short] = 0.0
            after = np.where(short, before, after)
        for _ in range(_DOUBLINGS):
            # More gain than a parabola's: the energy flattens out, as a barrier does, and a longer step gains more.
            far = (length >= 1.0) & (after < before + _FLATTENING * length * slope) & (2.0 * length <= longest)
            if not far.any():
                break
            farther = values(np.where(far, 2.0 * length, length))
            better = far & (farther < after)
            length, after = np.where(better, 2.0 * length, length), np.where(better, farther, after)
        return before, after, moved(length)

    def _room(self, energy: MappingEnergy, positions: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """(C,) the step length at which the first triangle of each component loses its area."""
        moving = np.zeros(len(positions), complex)
        moving[energy.points] = direction
        corners, moves = positions[energy.triangles], moving[energy.triangles]
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        first_move, second_move = moves[:, 1] - moves[:, 0], moves[:, 2] - moves[:, 0]
        roots = _first_root(
            (first_move.conj() * second_move).imag,
            (first.conj() * second_move + first_move.conj() * second).imag,
            (first.conj() * second).imag,
        )
        return _lowest(roots, energy.triangle_components, energy.component_count)

    def result(self, positions: np.ndarray) -> InjectiveResult:
        uvs = np.where((positions == self.start)[:, None], self._uvs, _real(positions) * self._unit)
        flipped = _areas(uvs.astype(np.float32).astype(np.float64)[self._triangles]) <= 0.0
        return InjectiveResult(uvs, flipped, self._iterations, self._energies)


def _next_epsilon(epsilon: np.ndarray, gain: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """(C,) the regularisation of the next step by the rule of Garanzha et al., from its value now, the relative decrease
    of the energy and the lowest determinant."""
    aim = (1.0 - np.maximum(_FASTEST, gain)) * regularised(lowest, epsilon)
    return np.maximum(1.0e-9, np.where(lowest < aim, 2.0 * np.sqrt(np.maximum(aim * (aim - lowest), 0.0)), 0.0))


def _first_root(square: np.ndarray, linear: np.ndarray, constant: np.ndarray) -> np.ndarray:
    """(T,) smallest positive root of square t^2 + linear t + constant for constant > 0; infinity where there is none."""
    discriminant = linear * linear - 4.0 * square * constant
    # Of the two ways to write a root the one that does not subtract near-equal numbers.
    sum_ = -linear + np.sqrt(np.maximum(discriminant, 0.0))
    ahead = np.divide(2.0 * constant, sum_, out=np.full_like(constant, np.inf), where=sum_ > 0.0)
    return np.where(discriminant < 0.0, np.inf, ahead)


def _lowest(values: np.ndarray, owners: np.ndarray, count: int) -> np.ndarray:
    out = np.full(count, np.inf)
    np.minimum.at(out, owners, values)
    return out


def _sound_shapes(rest: np.ndarray) -> np.ndarray:
    """(T, 2, 2) rest triangles with positive orientation, none thinner than `_THINNEST` and none without size."""
    # As maps z p + w conj(p) of an equilateral triangle, whose longest and shortest stretch are |z| + |w| and |z| - |w|.
    edges = rest[:, 0] + 1j * rest[:, 1]
    slopes = jacobian_slopes(_EQUILATERAL[None])[0, 1:]
    z, w = edges @ slopes, edges @ slopes.conj()
    mirrored = np.abs(w) > np.abs(z)
    z, w = np.where(mirrored, w.conj(), z), np.where(mirrored, z.conj(), w)
    smallest = _THINNEST * (float(np.median(np.abs(z))) or 1.0) if len(z) else 1.0
    tiny = np.abs(z) < smallest
    z, w = np.where(tiny, smallest, z), np.where(tiny, 0.0, w)
    roundest = np.abs(w) * ((1.0 + _THINNEST) / (1.0 - _THINNEST))
    thin = roundest > np.abs(z)
    w = w * np.where(thin, np.abs(z) / np.maximum(roundest, smallest), 1.0)
    equilateral = _EQUILATERAL[0] + 1j * _EQUILATERAL[1]
    sound = z[:, None] * equilateral + w[:, None] * equilateral.conj()
    changed = mirrored | tiny | thin
    return np.where(changed[:, None, None], np.stack([sound.real, sound.imag], axis=1), rest)


def _areas(corners: np.ndarray) -> np.ndarray:
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]


def _complex(points: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(points, np.float64).view(complex).reshape(-1)


def _real(positions: np.ndarray) -> np.ndarray:
    return positions.view(np.float64).reshape(-1, 2)
