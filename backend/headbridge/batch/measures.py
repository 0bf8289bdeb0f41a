"""The few measures of a result that a table has room for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Label, and where reports of jobs have it; for the report's order heads with higher ones count as worse.
_PLACES = {
    "face p95, mm": (("distances", "face", "source_to_target", "p95"), ("face", "p95"), ("model", "face", "p95")),
    "landmarks, mm": (("landmarks", "used", "mean"),),
    "landmark error": (("landmark_error",),),
    "flipped": (("flipped_triangles",), ("flipped", "count")),
    "crossing": (("self_intersecting_triangles",),),
    "identity, sigmas": (("identity_sigmas",),),
}


def measures_of(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Measures by label, as far as a report's metrics have them."""
    found = {
        label: next(filter(_is_number, (_at(metrics, p) for p in paths)), None) for label, paths in _PLACES.items()
    }
    return {label: value for label, value in found.items() if value is not None}


def _at(metrics: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        metrics = metrics.get(name) if isinstance(metrics, Mapping) else None
    return metrics


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
