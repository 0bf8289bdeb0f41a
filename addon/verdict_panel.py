# SPDX-License-Identifier: GPL-3.0-or-later
"""A verdict in a panel: one line with the next step, and all reasons on request."""

from __future__ import annotations

from . import verdict
from .preferences import line_characters, wrapped

ICONS = {verdict.GOOD: "CHECKMARK", verdict.CHECK: "ERROR"}


def draw_verdict(layout, context, answer: dict, panel: str) -> None:
    """The verdict in a job's answer, nothing without one. panel : a name for the list of reasons, which opens and
    closes, of its own in every panel."""
    judged = verdict.of(answer)
    if judged is None:
        return
    level, width = judged["verdict"], line_characters(context)
    column = layout.column(align=True)
    column.alert = level != verdict.GOOD
    _draw_lines(column, verdict.finding(judged), width, ICONS.get(level, "ERROR"))
    if verdict.next_step(judged):
        _draw_lines(column, verdict.next_step(judged), width, "FORWARD")
    others = verdict.other_reasons(judged["reasons"])
    if not others:
        return
    header, body = layout.panel(f"HEADBRIDGE_PT_{panel}_reasons", default_closed=True)
    header.label(text=f"{len(others)} More Reason{'s' if len(others) > 1 else ''}")
    if body is not None:
        column = body.column(align=True)
        for reason in others:
            _draw_lines(column, reason, width, "DOT")


def _draw_lines(column, text: str, width: int, icon: str) -> None:
    for number, part in enumerate(wrapped(text, width)):
        column.label(text=part, icon="BLANK1" if number else icon)
