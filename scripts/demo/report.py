"""The demo's report: one HTML file with its pictures inside."""

from __future__ import annotations

import base64
import html
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .bars import Bar

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


def report(chapters: Sequence[Chapter], failures: Sequence[str], blender: str, seconds: float) -> str:
    """The report as HTML. `failures` : one line each; `blender` : its version; `seconds` : of the whole demo."""
    system = f"{platform.system()} {platform.machine()}, {_usable_processors()} CPU cores"
    lead = f"Blender {blender} &middot; {system} &middot; {seconds:.0f} s with rendering"
    sections = [_failed(failures)] if failures else []
    sections += [_overview(chapters), *map(_chapter, chapters)]
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


def _overview(chapters: Sequence[Chapter]) -> str:
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
    return f"<section><h2>Overview</h2>{_table(header, rows)}</section>"


def _chapter(chapter: Chapter) -> str:
    answer, metrics = chapter.answer, chapter.answer["metrics"]
    shown = [name for name in _PICTURES if name in chapter.pictures]
    figures = "".join(_figure(chapter.title, name, chapter.pictures[name]) for name in shown)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in answer["notes"])
    settings = [(name, str(value)) for name, value in answer["settings"].items()]
    versions = [(name, str(value)) for name, value in answer["versions"].items()]
    times = [(name, f"{seconds:.2f} s") for name, seconds in metrics["timings"].items()]
    times += [
        ("registration", f"{metrics['seconds']:.2f} s"),
        ("operator, with held-out folds and metrics", f"{chapter.operator_seconds:.2f} s"),
    ]
    return (
        f"<section><h2>{html.escape(chapter.title)}</h2>{figures}"
        f"<h3>Bars</h3>{_bars(chapter.bars)}<h3>Distances by region, mm</h3>{_distances(metrics['distances'])}"
        f'<div class="columns"><div><h3>Mesh and landmarks</h3>{_table((), _mesh_rows(metrics))}'
        f"<h3>Notes</h3><ul>{notes}</ul></div><div><h3>Time</h3>{_table((), times)}</div>"
        f"<div><h3>Settings</h3>{_table((), settings)}</div><div><h3>Versions</h3>{_table((), versions)}</div></div></section>"
    )


def _figure(title: str, name: str, picture: bytes) -> str:
    data = base64.b64encode(picture).decode("ascii")
    caption = html.escape(_PICTURES[name])
    return (
        f'<figure><img alt="{html.escape(f"{title}: {name}")}" src="data:image/jpeg;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _bars(bars: Sequence[Bar]) -> str:
    rows = []
    for bar in bars:
        value = "not measured" if bar.value is None else f"{bar.value:.4g} {bar.unit}"
        mark = '<span class="reached">reached</span>' if bar.reached else '<span class="over">over</span>'
        rows.append((html.escape(bar.label), value, f"{bar.limit:g} {bar.unit}", mark))
    return _table(("", "value", "at most", ""), rows, escape=False)


def _distances(regions: Mapping[str, Any]) -> str:
    rows = []
    for region, both in regions.items():
        for key, label in (("source_to_target", "result to target"), ("target_to_source", "target to result")):
            row = both[key]
            if row["count"]:
                numbers = (_mm(row[name]) for name in ("mean", "median", "p95", "max"))
                rows.append((region.replace("_", " "), label, str(row["count"]), *numbers))
    header = ("region", "direction", "points", "mean", "median", "95 %", "max")
    return f'<div class="scroll">{_table(header, rows)}</div>'


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


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], escape: bool = True) -> str:
    def cells(row, tag):
        return "".join(f"<{tag}>{html.escape(c) if escape and c != '&ndash;' else c}</{tag}>" for c in row)

    head = f"<thead><tr>{cells(header, 'th')}</tr></thead>" if header else ""
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table>{head}<tbody>{body}</tbody></table>"
