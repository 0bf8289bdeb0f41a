"""What the demo's results are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bar:
    """`value` should be at most `limit`, or at least that with `least`; None when it was not measured."""

    label: str
    value: float | None
    limit: float
    unit: str = ""
    least: bool = False

    @property
    def reached(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def wanted(self) -> str:
        """The limit in words."""
        return f"{'at least' if self.least else 'at most'} {self.limit:g} {self.unit}".rstrip()


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


def uv_bars(metrics: dict[str, Any]) -> list[Bar]:
    """The bars of HACK wearing FLAME's UVs, from the metrics of the transfer."""
    energy = metrics["symmetric_dirichlet"]["skin"]
    mirror = metrics["mirror_asymmetry_px"] or {}
    landmarks = (metrics["landmarks_px"] or {}).get("held_out") or {}
    return [
        Bar("Flipped skin triangles", metrics["flipped"]["skin_count"], 0),
        Bar("Texels covered more than once", 100.0 * metrics["covered_twice"]["all"], 0.1, "%"),
        Bar("Triangles smeared across a seam", metrics["smear"]["count"], 0),
        Bar("Symmetric Dirichlet / 4, median", energy["median"], 1.25),
        Bar("Symmetric Dirichlet / 4, area mean", energy["area_mean"], 1.75),
        Bar("Mirror asymmetry, median", mirror.get("median"), 0.9, "px"),
        Bar("Mirror asymmetry, 95 %", mirror.get("p95"), 2.8, "px"),
        Bar("Held-out landmarks, mean", landmarks.get("mean"), 3.0, "px"),
        Bar("Transfer time without registration", transfer_seconds(metrics), 3.0, "s"),
    ]


def photo_bars(view: dict[str, Any], seconds: float) -> list[Bar]:
    """The bars of a fit to a photo, from the metrics of its view and the seconds it took."""
    return [
        Bar("Landmarks off, share of the outer eye distance", 100.0 * view["landmark_error"], 1.5, "%"),
        Bar("Face by the texture model alone", view.get("psnr_model"), 27.0, "dB", least=True),
        Bar("Face with detail", view.get("psnr"), 32.0, "dB", least=True),
        Bar("Time", seconds, 60.0, "s"),
    ]


def transfer_seconds(metrics: dict[str, Any]) -> float:
    """Seconds of a UV transfer without the registration it may have begun with and without held-out landmarks."""
    return sum(seconds for stage, seconds in metrics["seconds_by_stage"].items() if stage != "registration")
