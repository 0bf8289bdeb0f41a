"""The five numbers a set of distances is reported by."""

from __future__ import annotations

import numpy as np


def summary(values: np.ndarray) -> dict[str, float | int | None]:
    """count, mean, median, p95 and max of (N,) values, JSON-able; the statistics of no values are None."""
    values = np.asarray(values, dtype=np.float64)
    if not len(values):
        return {"count": 0, "mean": None, "median": None, "p95": None, "max": None}
    return {
        "count": int(len(values)),
        "mean": float(values.mean()),
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
        "max": float(values.max()),
    }
