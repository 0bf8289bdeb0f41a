"""Metrics as a table for reading."""

from __future__ import annotations

from typing import Any

_COLUMNS = ("mean", "median", "p95", "max")
_DIRECTIONS = {"source_to_target": "result to target", "target_to_source": "target to result"}


def metrics_table(metrics: dict[str, Any]) -> str:
    """Distances by region, then landmarks, faces, edges, time and memory, one per line. Parts that `metrics` lacks
    are left out."""
    lines = []
    distances = metrics.get("distances") or {}
    if distances:
        width = max(map(len, distances))
        lines.append(f"{'distance in mm':<{width + 20}}{'points':>8}" + "".join(f"{name:>10}" for name in _COLUMNS))
        for region, both in distances.items():
            for key, label in _DIRECTIONS.items():
                if both.get(key) and both[key]["count"]:
                    row = both[key]
                    numbers = "".join(f"{row[name]:>10.3f}" for name in _COLUMNS)
                    lines.append(f"{region:<{width + 2}}{label:<18}{row['count']:>8}{numbers}")
    for name, label in (("used", "landmarks, mm"), ("held_out", "held-out landmarks, mm")):
        lines += landmark_lines(label, (metrics.get("landmarks") or {}).get(name))
    if "flipped_triangles" in metrics:
        lines.append(f"flipped triangles: {metrics['flipped_triangles']}")
    if "self_intersecting_triangles" in metrics:
        template = metrics.get("template_self_intersecting_triangles")
        lines.append(f"self-intersecting triangles: {metrics['self_intersecting_triangles']} (template: {template})")
    ratio = metrics.get("edge_log_ratio")
    if ratio and ratio["p95"] is not None:
        lines.append(
            f"edge |log length ratio|: median {ratio['median']:.3f}, p95 {ratio['p95']:.3f}, max {ratio['max']:.3f}"
        )
    lines += time_lines(metrics)
    if "peak_memory_bytes" in metrics:
        lines.append(f"peak memory: {metrics['peak_memory_bytes'] / 1e6:.0f} MB")
    return "\n".join(lines)


def landmark_lines(label: str, row: dict[str, Any] | None) -> list[str]:
    """A line on landmark errors, none without landmarks."""
    if not row or not row["count"]:
        return []
    return [f"{label}: mean {row['mean']:.2f}, p95 {row['p95']:.2f}, max {row['max']:.2f} ({row['count']} points)"]


def time_lines(metrics: dict[str, Any]) -> list[str]:
    """A line on the time a job took, none where it was not measured."""
    return [f"time: {metrics['seconds']:.2f} s"] if "seconds" in metrics else []
