"""Measures of a fit as lines for reading."""

from __future__ import annotations

from typing import Any

from ..fitting.job import FitResult
from .metrics_table import time_lines

_COLUMNS = ("mean", "median", "p95", "max")


def fit_table(metrics: dict[str, Any]) -> str:
    """Distances (mm) of every part that `metrics` has statistics of, the identity's size, the time, one per line."""
    lines = []
    for part, row in metrics.items():
        if isinstance(row, dict) and row.get("count"):
            numbers = ", ".join(f"{name} {row[name]:.4f}" for name in _COLUMNS)
            lines.append(f"distance in mm, {part}: {numbers} ({row['count']} points)")
    if "identity_sigmas" in metrics:
        lines.append(f"identity: {metrics['identity_sigmas']:.2f} standard deviations (root mean square)")
    return "\n".join([*lines, *time_lines(metrics)])


def fit_lines(result: FitResult, *_) -> list[str]:
    """Notes and measures of a fit."""
    return [*result.notes, fit_table(result.metrics)]
