"""UV transfers in the demo's report."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .bars import Bar, transfer_seconds
from .report_parts import bar_table, details, figures, table

# The order of the pictures and their captions.
_PICTURES = {
    "checker": "A checker on the layout's own head and on the head that wears it; hue and brightness say where in the "
    "layout, so they change at its seam",
    "checker close-up": "The checker on the face",
    "texture": "A photograph of a scanned head, baked into the layout by way of the head that wears it",
    "texture close-up": "The photograph on the face",
    "baked": "The baked picture itself",
}


@dataclass(frozen=True)
class UvChapter:
    """One UV transfer of the report.

    answer : metrics, notes, settings and versions as the backend gives them; pictures : name to JPEG content;
    operator_seconds, bake_seconds : of the add-on's operators, with the transfer to the backend."""

    title: str
    answer: Mapping[str, Any]
    bars: Sequence[Bar]
    pictures: Mapping[str, bytes]
    operator_seconds: float
    bake_seconds: float


def uv_overview(chapters: Sequence[UvChapter]) -> str:
    """A table with one row per transfer; nothing without any."""
    rows = []
    for chapter in chapters:
        metrics = chapter.answer["metrics"]
        energy = metrics["symmetric_dirichlet"]["skin"]
        reached = sum(bar.reached for bar in chapter.bars)
        rows.append(
            (
                chapter.title,
                str(metrics["flipped"]["count"]),
                f"{metrics['covered_twice']['all']:.3%}",
                str(metrics["smear"]["count"]),
                f"{energy['median']:.2f} / {energy['area_mean']:.2f}",
                f"{transfer_seconds(metrics):.2f} s",
                f"{reached} of {len(chapter.bars)}",
            )
        )
    header = ("UVs", "flipped", "covered twice", "smeared", "Dirichlet / 4, median / mean", "time", "bars reached")
    return table(header, rows) if rows else ""


def uv_section(chapter: UvChapter) -> str:
    """Pictures, bars, all numbers and the details of one transfer."""
    metrics = chapter.answer["metrics"]
    times = [
        *metrics["seconds_by_stage"].items(),
        ("all, with held-out folds", metrics["seconds"]),
        ("operator, UV transfer, with held-out folds", chapter.operator_seconds),
        ("operator, bake", chapter.bake_seconds),
    ]
    numbers = f"<h3>Layout</h3>{table((), _rows(metrics))}<h3>Landmarks, px</h3>{_landmarks(metrics)}"
    return (
        f"<section><h2>{html.escape(chapter.title)}</h2>{figures(chapter.title, _PICTURES, chapter.pictures)}"
        f"<h3>Bars</h3>{bar_table(chapter.bars)}{details(chapter.answer, times, numbers)}</section>"
    )


def _rows(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    flipped, twice, longest = (metrics[name] for name in ("flipped", "covered_twice", "longest_edge"))
    energy = metrics["symmetric_dirichlet"]["all"]
    return [
        ("flipped triangles, all / skin", f"{flipped['count']} / {flipped['skin_count']}"),
        ("texels covered", str(twice["texels"])),
        ("covered more than once, all / skin", f"{twice['all']:.3%} / {twice['skin']:.3%}"),
        ("Dirichlet / 4 of all, median / area mean", f"{energy['median']:.3f} / {energy['area_mean']:.3f}"),
        ("smeared share of the skin", f"{metrics['smear']['area_share']:.3%}"),
        ("longest UV edge, all / skin", f"{longest['all']:.4f} / {longest['skin']:.4f}"),
    ]


def _landmarks(metrics: Mapping[str, Any]) -> str:
    rows = []
    for name, label in (("used", "used"), ("held_out", "held out")):
        errors = (metrics["landmarks_px"] or {}).get(name)
        if errors and errors["count"]:
            numbers = (errors["mean"], errors["p95"], errors["max"], *errors["groups"].values())
            rows.append((label, *("&ndash;" if value is None else f"{value:.2f}" for value in numbers)))
    header = ("", "mean", "95 %", "max", "brows", "nose", "eyes", "outer lips", "inner lips")
    return f'<div class="scroll">{table(header, rows)}</div>'
