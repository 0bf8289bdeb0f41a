"""The demo's report: one HTML file with its pictures inside."""

from __future__ import annotations

import html
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .bars import Bar
from .report_parts import bar_table, details, figures, table
from .report_photo import PhotoChapter, photo_overview, photo_section
from .report_textures import texture_section
from .report_uv import UvChapter, uv_overview, uv_section

# The order of the pictures and their captions.
_PICTURES = {
    "summary": "Source, target, result, and the distance between result and target",
    "before": "Before: the source after the similarity alignment alone, and the target",
    "after": "After: the result, its faces, and the target",
    "overlay": "Overlay of target and result; where both colours mix, the surfaces lie in each other",
    "heat map": "Distance of the result to the target",
    "close-up": "The face: target, result, and the result's faces",
}
_STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #f4f5f7; color: #1c2430; font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0 0 4px; font-size: 28px; }
h2 { margin: 0 0 12px; font-size: 21px; }
h3 { margin: 24px 0 8px; font-size: 13px; letter-spacing: .06em; text-transform: uppercase; color: #5a6472; }
section { background: #fff; border: 1px solid #dfe3e8; border-radius: 10px; padding: 24px; margin-top: 24px; }
figure { margin: 0 0 16px; }
figure img { width: 100%; display: block; border-radius: 6px; border: 1px solid #e6e9ed; }
figcaption { font-size: 13px; color: #5a6472; padding-top: 4px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid #edf0f3; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
thead th { font-size: 13px; color: #5a6472; font-weight: 600; border-bottom: 1px solid #cfd5dc; }
.reached { color: #13743a; font-weight: 600; } .over { color: #b3261e; font-weight: 600; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 0 32px; }
.quiet { color: #5a6472; } ul { margin: 0; padding-left: 18px; } .failed { border-color: #b3261e; }
.scroll { overflow-x: auto; }
"""


@dataclass(frozen=True)
class Chapter:
    """One registration of the report.

    answer : metrics, notes, settings and versions as the backend gives them; pictures : name to JPEG content;
    operator_seconds : of the add-on's operator, with the transfer to the backend and the metrics."""

    title: str
    answer: Mapping[str, Any]
    bars: Sequence[Bar]
    pictures: Mapping[str, bytes]
    operator_seconds: float


def report(
    chapters: Sequence[Chapter],
    uv_chapters: Sequence[UvChapter],
    photo_chapters: Sequence[PhotoChapter],
    textures: Mapping[str, bytes],
    failures: Sequence[str],
    blender: str,
    seconds: float,
) -> str:
    """The report as HTML. `textures` : sheets, name to JPEG content; `failures` : one line each; `blender` : its version; `seconds` : of the whole demo."""
    system = f"{platform.system()} {platform.machine()}, {_usable_processors()} CPU cores"
    lead = f"Blender {blender} &middot; {system} &middot; {seconds:.0f} s with rendering"
    sections = [_failed(failures)] if failures else []
    sections.append(_overview(chapters, uv_chapters, photo_chapters))
    sections += [*map(_chapter, chapters), *map(uv_section, uv_chapters), *map(photo_section, photo_chapters)]
    sections.append(texture_section(textures))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>HeadBridge demo</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>HeadBridge demo</h1>"
        f'<div class="quiet">{lead}</div>{"".join(sections)}</main></body></html>\n'
    )


def _usable_processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _failed(failures: Sequence[str]) -> str:
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in failures)
    return f'<section class="failed"><h2>Failed</h2><ul>{lines}</ul></section>'


def _overview(
    chapters: Sequence[Chapter], uv_chapters: Sequence[UvChapter], photo_chapters: Sequence[PhotoChapter]
) -> str:
    rows = []
    for chapter in chapters:
        metrics = chapter.answer["metrics"]
        reached = sum(bar.reached for bar in chapter.bars)
        region = "face" if metrics["distances"].get("face", {}).get("source_to_target", {}).get("count") else "all"
        both = metrics["distances"][region]
        rows.append(
            (
                chapter.title,
                _mm(both["source_to_target"]["mean"]),
                _mm(both["source_to_target"]["p95"]),
                _mm(both["target_to_source"]["p95"]),
                str(metrics["flipped_triangles"]),
                f"{metrics['seconds']:.2f} s",
                f"{reached} of {len(chapter.bars)}",
            )
        )
    header = ("Face, mm", "mean", "95 %", "target covered, 95 %", "flipped", "time", "bars reached")
    others = uv_overview(uv_chapters) + photo_overview(photo_chapters)
    return f"<section><h2>Overview</h2>{table(header, rows)}{others}</section>"


def _chapter(chapter: Chapter) -> str:
    answer, metrics = chapter.answer, chapter.answer["metrics"]
    times = [
        *metrics["timings"].items(),
        ("registration", metrics["seconds"]),
        ("operator, with held-out folds and metrics", chapter.operator_seconds),
    ]
    mesh = f"<h3>Mesh and landmarks</h3>{table((), _mesh_rows(metrics))}"
    return (
        f"<section><h2>{html.escape(chapter.title)}</h2>{figures(chapter.title, _PICTURES, chapter.pictures)}"
        f"<h3>Bars</h3>{bar_table(chapter.bars)}<h3>Distances by region, mm</h3>{_distances(metrics['distances'])}"
        f"{details(answer, times, mesh)}</section>"
    )


def _distances(regions: Mapping[str, Any]) -> str:
    rows = []
    for region, both in regions.items():
        for key, label in (("source_to_target", "result to target"), ("target_to_source", "target to result")):
            row = both[key]
            if row["count"]:
                numbers = (_mm(row[name]) for name in ("mean", "median", "p95", "max"))
                rows.append((region.replace("_", " "), label, str(row["count"]), *numbers))
    header = ("region", "direction", "points", "mean", "median", "95 %", "max")
    return f'<div class="scroll">{table(header, rows)}</div>'


def _mesh_rows(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("flipped triangles", str(metrics["flipped_triangles"])),
        ("self-intersecting triangles", str(metrics["self_intersecting_triangles"])),
        ("of the source itself", str(metrics["template_self_intersecting_triangles"])),
        ("edge |log length ratio|, 95 %", _mm(metrics["edge_log_ratio"]["p95"])),
    ]
    for key, label in (("used", "landmarks given"), ("held_out", "landmarks held out")):
        errors = (metrics["landmarks"] or {}).get(key)
        if errors and errors["count"]:
            rows.append(
                (f"{label} ({errors['count']}), mean / 95 %", f"{_mm(errors['mean'])} / {_mm(errors['p95'])} mm")
            )
    return rows


def _mm(value: float | None) -> str:
    return "&ndash;" if value is None else f"{value:.3f}"
