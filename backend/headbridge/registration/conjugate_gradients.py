"""Conjugate gradients for systems whose stiff part is factored and whose data part changes every iteration."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Operator = Callable[[np.ndarray], np.ndarray]


def preconditioned_conjugate_gradients(
    operate: Operator, precondition: Operator, right: np.ndarray, tolerance: float = 0.1, limit: int = 8
) -> np.ndarray:
    """Solve operate(y) = right for a symmetric positive definite operator on (V, 3) arrays.

    Stops when the preconditioned residual has shrunk by `tolerance`, or after `limit` steps: closest points change
    anyway, so solving each linearisation to the end only costs time."""
    y = np.zeros_like(right)
    residual = right.copy()
    z = precondition(residual)
    direction = z
    rho = first = _dot(residual, z)
    for _ in range(limit):
        if rho <= tolerance**2 * first or rho == 0.0:
            break
        image = operate(direction)
        alpha = rho / _dot(direction, image)
        y += alpha * direction
        residual -= alpha * image
        z = precondition(residual)
        rho, previous = _dot(residual, z), rho
        direction = z + (rho / previous) * direction
    return y


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    # Not np.vdot: its BLAS wakes a second thread, which costs more than the sum itself.
    return float(np.einsum("vd,vd->", a, b))
