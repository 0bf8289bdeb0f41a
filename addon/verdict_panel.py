# SPDX-License-Identifier: GPL-3.0-or-later
"""A verdict in a panel: one line, and what to do, all reasons and the numbers on request."""

from __future__ import annotations

from . import verdict
from .panel_parts import draw_rows
from .preferences import line_characters, wrapped

ICONS = {verdict.GOOD: "CHECKMARK", verdict.CHECK: "ERROR"}


def draw_verdict(layout, context, answer: dict, panel: str, rows: list[tuple[str, str]], notes: list[str] = ()) -> None:
    """The verdict in a job's answer and, folded below it, its reasons, notes and numbers.

    panel : a name for what is folded, of its own in every panel. rows : the numbers as (label, value)."""
    judged = verdict.of(answer)
    header, body = layout.panel(f"HEADBRIDGE_PT_{panel}_numbers", default_closed=True)
    if judged is not None:
        header.alert = judged["verdict"] != verdict.GOOD
        header.label(
            text=verdict.finding(judged) if judged["reasons"] else "Good.", icon=ICONS.get(judged["verdict"], "ERROR")
        )
    else:
        header.label(text="Numbers")
    if body is None:
        return
    width = line_characters(context)
    column = body.column(align=True)
    if judged is not None and judged["reasons"]:
        _draw_lines(column, verdict.finding(judged), width, ICONS.get(judged["verdict"], "ERROR"))
        if verdict.next_step(judged):
            _draw_lines(column, verdict.next_step(judged), width, "FORWARD")
        for reason in verdict.other_reasons(judged["reasons"]):
            _draw_lines(column, reason, width, "DOT")
    for note in notes:
        _draw_lines(column, note, width, "INFO")
    draw_rows(body, rows)


def _draw_lines(column, text: str, width: int, icon: str) -> None:
    for number, part in enumerate(wrapped(text, width)):
        column.label(text=part, icon="BLANK1" if number else icon)
