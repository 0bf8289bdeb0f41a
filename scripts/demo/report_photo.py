"""Fits to photos in the demo's report."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .bars import Bar
from .report_parts import bar_table, details, figures, table

# The order of the pictures and their captions.
_PICTURES = {
    "overlay": "The photo, and the fitted head over it with the landmarks",
    "turntable": "The head with its texture from all sides; what the photo does not show is completed",
}


@dataclass(frozen=True)
class PhotoChapter:
    """One fit of the report.

    answer : fit.json; pictures : name to JPEG content; seconds : of the command."""

    title: str
    answer: Mapping[str, Any]
    bars: Sequence[Bar]
    pictures: Mapping[str, bytes]
    seconds: float


def photo_overview(chapters: Sequence[PhotoChapter]) -> str:
    """A table with one row per fit; nothing without any."""
    rows = []
    for chapter in chapters:
        metrics = chapter.answer["views"][0]["metrics"]
        reached = sum(bar.reached for bar in chapter.bars)
        rows.append(
            (
                chapter.title,
                f"{metrics['landmark_error']:.2%}",
                _decibels(metrics.get("psnr_model")),
                _decibels(metrics.get("psnr")),
                f"{chapter.seconds:.0f} s",
                f"{reached} of {len(chapter.bars)}",
            )
        )
    header = ("Photos", "landmarks off", "texture model", "with detail", "time", "bars reached")
    return table(header, rows) if rows else ""


def photo_section(chapter: PhotoChapter) -> str:
    """Pictures, bars and the details of one fit."""
    answer = chapter.answer
    view = answer["views"][0]
    times = [(stage["name"], stage["seconds"]) for stage in answer["stages"]]
    times += [("fit", answer["metrics"]["seconds"]), ("command", chapter.seconds)]
    camera = view["camera"]
    rows = [
        ("picture", f"{camera['width']} x {camera['height']} px"),
        ("focal length", f"{camera['K'][0][0]:.0f} px"),
        ("distance", f"{view['metrics']['distance_mm']:.0f} mm"),
        ("identity, root mean square", f"{answer['metrics']['identity_sigmas']:.2f} sigma"),
    ]
    return (
        f"<section><h2>{html.escape(chapter.title)}</h2>{figures(chapter.title, _PICTURES, chapter.pictures)}"
        f"<h3>Bars</h3>{bar_table(chapter.bars)}{details(answer, times, f'<h3>Camera and head</h3>{table((), rows)}')}"
        "</section>"
    )


def _decibels(value: float | None) -> str:
    return "&ndash;" if value is None else f"{value:.1f} dB"
