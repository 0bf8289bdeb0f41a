"""What the demo's results are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bar:
    """`value` should be at most `limit`; None when it was not measured."""

    label: str
    value: float | None
    limit: float
    unit: str = ""

    @property
    def reached(self) -> bool:
        return self.value is not None and self.value <= self.limit


def bars(key: str, metrics: dict[str, Any]) -> list[Bar]:
    """The bars of a demo job by its key, from the metrics of its result."""
    regions = metrics["distances"]
    held_out = (metrics["landmarks"] or {}).get("held_out")
    shared = [
        Bar("Flipped triangles", metrics["flipped_triangles"], 0),
        Bar(
            "Self-intersecting triangles, at most the source's own",
            metrics["self_intersecting_triangles"],
            metrics["template_self_intersecting_triangles"],
        ),
    ]
    if key == "flame-onto-hack":
        return [
            Bar("Skin distance, 95 %", regions["all"]["source_to_target"]["p95"], 0.10, "mm"),
            *shared,
            Bar("Registration time", metrics["seconds"], 1.0, "s"),
        ]
    if key == "hack-onto-flame":
        return [
            Bar("Face distance, 95 %", regions["face"]["source_to_target"]["p95"], 0.10, "mm"),
            Bar("Target's face covered, 95 %", regions["face"]["target_to_source"]["p95"], 0.25, "mm"),
            *shared,
            Bar("Edge log ratio, 95 %", metrics["edge_log_ratio"]["p95"], 0.30),
            Bar("Held-out landmarks, mean", held_out["mean"] if held_out else None, 1.8, "mm"),
            Bar("Registration time", metrics["seconds"], 2.0, "s"),
        ]
    if key == "hack-onto-scan":
        return [
            Bar("Narrow face distance, 95 %", regions["narrow_face"]["source_to_target"]["p95"], 0.30, "mm"),
            *shared,
        ]
    raise ValueError(f"There are no bars for '{key}'.")
