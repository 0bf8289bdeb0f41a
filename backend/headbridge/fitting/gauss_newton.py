"""Levenberg-Marquardt in closed form for head models, in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp
from scipy.linalg import solve_triangular

from ..linalg.bounded_step import Damping, levenberg_marquardt_step
from .posable import ROOT, HeadState, PosableHead, Posed

# Vertices whose derivatives are held at a time: small enough for the caches, large enough for the matrix product.
_CHUNK = 1024
_DAMPING = Damping(least=1e-9, raised=0.0, largest=1e6)


@dataclass(frozen=True, eq=False)
class HeadProblem:
    """sum over points of weight |x - target|^2 / noise^2 + what the prior makes of the state, to be made least.

    head : the model; where `rows` is None its N vertices are the points, else the points are rows (N, V) @ vertices.
    targets : (N, 3) mm. weights : (N,) >= 0.
    precision : (K + 3J + 4,), 1 / sigma^2 of the prior of every entry of a step (`HeadState.moved`); those of
        rotations pull towards the rest pose, that of the scale towards `log_scale`.
    free : (K + 3J + 4,) bool, what may move. limits : (2, K) least and greatest coefficients, or None.
    rarity : (K + 3J + 4,) >= 0, slope of what the prior makes of entries that are mostly 0 and never less (exponential
        distributions with the means 2 / rarity), or None.
    factor : (N, N) lower Cholesky factor of the correlations between the errors of the points, or None where these are
        independent; the sum of squares is then r^T (F F^T)^-1 r, and the weights, which say how many vertices a point
        stands for, do not enter it.
    """

    head: PosableHead
    targets: np.ndarray
    weights: np.ndarray
    precision: np.ndarray
    free: np.ndarray
    rows: sp.csr_matrix | None = None
    log_scale: float = 0.0
    limits: np.ndarray | None = None
    rarity: np.ndarray | None = None
    factor: np.ndarray | None = None

    def within(self, state: HeadState) -> HeadState:
        """The state with its coefficients within the limits."""
        if self.limits is None:
            return state
        return replace(state, coefficients=np.clip(state.coefficients, *self.limits))

    def room(self, state: HeadState) -> np.ndarray:
        """(2, K + 3J + 4) how far down (negative) and up a step may go."""
        room = np.full((2, len(self.free)), np.inf) * [[-1.0], [1.0]]
        if self.limits is not None:
            room[:, : self.limits.shape[1]] = self.limits - state.coefficients
        return room

    def points(self, state: HeadState) -> np.ndarray:
        """(N, 3) the model's points."""
        vertices = Posed(self.head, state).vertices()
        return vertices if self.rows is None else self.rows @ vertices

    def data_cost(self, state: HeadState) -> float:
        """sum of weight |x - target|^2, or of the decorrelated squares, mm^2."""
        off = self.points(state) - self.targets
        if self.factor is not None:
            return float((solve_triangular(self.factor, off, lower=True, check_finite=False) ** 2).sum())
        return float(self.weights @ (off**2).sum(axis=1))

    def prior_pull(self, state: HeadState) -> np.ndarray:
        """(K + 3J + 4,) how far the state is from the prior's middle, entry by entry."""
        turns = state.axis_angles.reshape(-1)
        return np.concatenate([state.coefficients, turns, np.zeros(3), [state.log_scale - self.log_scale]])

    def prior_cost(self, state: HeadState) -> float:
        pull = self.prior_pull(state)
        return float(self.precision @ pull**2) + (0.0 if self.rarity is None else float(self.rarity @ pull))

    def prior_gradient(self, state: HeadState) -> np.ndarray:
        """(K + 3J + 4,) half of the derivatives of `prior_cost` by a step."""
        gradient = self.precision * self.prior_pull(state)
        return gradient if self.rarity is None else gradient + 0.5 * self.rarity

    def normal_equations(self, state: HeadState) -> tuple[np.ndarray, np.ndarray]:
        """J^T W J (F, F) and J^T W (target - x) (F,) of the data over the free unknowns, without the noise."""
        posed = Posed(self.head, state)
        free = slice(None) if self.free.all() else np.flatnonzero(self.free)
        size = int(self.free.sum())
        matrix, right = np.zeros((size, size)), np.zeros(size)
        if self.rows is None:
            for start in range(0, len(self.targets), _CHUNK):
                part = slice(start, start + _CHUNK)
                self._add(matrix, right, *posed.derivatives(part), part, free)
            return matrix, right
        self._add(matrix, right, *self._on_rows(posed), slice(None), free)
        return matrix, right

    def linearised(self, state: HeadState) -> tuple[np.ndarray, np.ndarray]:
        """(N, 3) the model's points, and (3N, F) how their coordinates follow the free unknowns."""
        posed = Posed(self.head, state)
        points, jacobian = posed.derivatives() if self.rows is None else self._on_rows(posed)
        return points, jacobian[:, :, self.free].reshape(3 * len(points), -1)

    def _on_rows(self, posed: Posed) -> tuple[np.ndarray, np.ndarray]:
        count = self.rows.shape[1]
        points, jacobian = np.zeros((len(self.targets), 3)), np.zeros((len(self.targets), 3 * len(self.free)))
        columns = self.rows.tocsc()
        for start in range(0, count, _CHUNK):
            part = slice(start, start + _CHUNK)
            vertices, derivatives = posed.derivatives(part)
            points += columns[:, part] @ vertices
            jacobian += columns[:, part] @ derivatives.reshape(len(vertices), -1)
        return points, jacobian.reshape(len(points), 3, -1)

    def _add(self, matrix, right, points, jacobian, part, free) -> None:
        if self.factor is not None:
            self._add_decorrelated(matrix, right, points, jacobian, free)
            return
        root = np.sqrt(self.weights[part])[:, None]
        jacobian = jacobian[:, :, free]
        jacobian *= root[..., None]
        flat = jacobian.reshape(-1, jacobian.shape[2])
        matrix += flat.T @ flat
        right += flat.T @ (root * (self.targets[part] - points)).reshape(-1)

    def _add_decorrelated(self, matrix, right, points, jacobian, free) -> None:
        rows = np.concatenate([jacobian[:, :, free].reshape(len(points), -1), self.targets - points], axis=1)
        rows = solve_triangular(self.factor, rows, lower=True, overwrite_b=True, check_finite=False)
        flat = rows[:, :-3].reshape(3 * len(points), -1)
        matrix += flat.T @ flat
        right += flat.T @ rows[:, -3:].reshape(-1)


@dataclass
class LevenbergMarquardt:
    """Minimises a `HeadProblem`.

    limit : most steps. tolerance : done when a step moves the points by less (root mean square), mm, or by less than
        the share `noise_tolerance` of the noise.
    report : called before every step.
    steps : how many were made, over all calls.
    """

    limit: int = 25
    tolerance: float = 1e-5
    noise_tolerance: float = 3e-3
    report: Callable[[], None] = lambda: None
    steps: int = field(default=0, init=False)

    def minimise(self, problem: HeadProblem, state: HeadState, noise: float) -> HeadState:
        """The state of least cost near `state` for data with `noise` (mm, standard deviation of a coordinate).

        Raises `HeadBridgeError` when the equations have no finite solution."""
        total = max(float(problem.weights.sum()), 1e-300)
        precision = noise**2 * problem.precision
        damping = _DAMPING.least
        state = problem.within(state)
        cost = problem.data_cost(state) + noise**2 * problem.prior_cost(state)
        for _ in range(self.limit):
            self.report()
            self.steps += 1
            matrix, right = problem.normal_equations(state)
            hessian = matrix + np.diag(precision[problem.free])
            gradient = right - noise**2 * problem.prior_gradient(state)[problem.free]
            room = problem.room(state)[:, problem.free]

            def attempt(step: np.ndarray, state: HeadState = state) -> tuple[HeadState, float]:
                full = np.zeros(len(problem.free))
                full[problem.free] = step
                candidate = problem.within(state.moved(full))
                return candidate, problem.data_cost(candidate) + noise**2 * problem.prior_cost(candidate)

            # Near the end costs differ by rounding alone.
            greatest = cost * (1.0 + 1e-12) + 1e-12 * total
            step, candidate, cost, damping = levenberg_marquardt_step(
                attempt, greatest, hessian, gradient, room, damping, _DAMPING
            )
            if candidate is None:
                return state
            state, damping = candidate, _DAMPING.lowered(damping)
            moved = np.sqrt(max(step @ matrix @ step, 0.0) / total)
            if moved < max(self.tolerance, self.noise_tolerance * noise):
                break
        return state


def step_layout(head: PosableHead) -> dict[str, slice]:
    """Where the parts of a step lie: identity, expression and the model's other coefficients, each joint by its name,
    translation, scale."""
    count, joints = head.coefficient_count, len(head.joint_names)
    layout = dict(head.parts)
    for index, name in enumerate(head.joint_names):
        layout[name] = slice(count + 3 * index, count + 3 * index + 3)
    end = count + 3 * joints
    return layout | {"translation": slice(end, end + 3), "scale": slice(end + 3, end + 4)}


def prior_precision(head: PosableHead, joint_sigma: float, scale_sigma: float) -> np.ndarray:
    """(K + 3J + 4,) 1 / sigma^2: coefficients by the model, joints but the root by `joint_sigma` (radians), the scale's
    logarithm by `scale_sigma`; place and root are free."""
    layout = step_layout(head)
    precision = np.zeros(layout["scale"].stop)
    precision[: head.coefficient_count] = 1.0 / head.sigma**2
    for name in head.joint_names[ROOT + 1 :]:
        precision[layout[name]] = joint_sigma**-2.0
    precision[layout["scale"]] = scale_sigma**-2.0
    return precision
