"""Pieces of the demo's report: figures, tables, bars and the details every job has."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from typing import Any

from .bars import Bar


def figure(title: str, name: str, caption: str, picture: bytes) -> str:
    """A JPEG picture inside the page, with its caption."""
    data = base64.b64encode(picture).decode("ascii")
    return (
        f'<figure><img alt="{html.escape(f"{title}: {name}")}" src="data:image/jpeg;base64,{data}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def figures(title: str, captions: Mapping[str, str], pictures: Mapping[str, bytes]) -> str:
    """The pictures that there are, in the order of `captions`."""
    return "".join(figure(title, name, text, pictures[name]) for name, text in captions.items() if name in pictures)


def bar_table(bars: Sequence[Bar]) -> str:
    """Value, limit and verdict of every bar."""
    rows = []
    for bar in bars:
        value = "not measured" if bar.value is None else f"{bar.value:.4g} {bar.unit}"
        mark = '<span class="reached">reached</span>' if bar.reached else '<span class="over">over</span>'
        rows.append((html.escape(bar.label), value, bar.wanted, mark))
    return table(("", "value", "wanted", ""), rows, escape=False)


def details(answer: Mapping[str, Any], times: Sequence[tuple[str, float]], numbers: str) -> str:
    """Columns of `numbers` (HTML), notes, times in seconds, settings and versions of a job's answer."""
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in answer["notes"])
    seconds = [(name, f"{value:.2f} s") for name, value in times]
    settings = [(name, str(value)) for name, value in answer["settings"].items()]
    versions = [(name, str(value)) for name, value in answer["versions"].items()]
    return (
        f'<div class="columns"><div>{numbers}<h3>Notes</h3><ul>{notes}</ul></div>'
        f"<div><h3>Time</h3>{table((), seconds)}</div><div><h3>Settings</h3>{table((), settings)}</div>"
        f"<div><h3>Versions</h3>{table((), versions)}</div></div>"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]], escape: bool = True) -> str:
    """Rows of cells; the cells are HTML already unless `escape`."""

    def cells(row, tag):
        return "".join(f"<{tag}>{html.escape(c) if escape and c != '&ndash;' else c}</{tag}>" for c in row)

    head = f"<thead><tr>{cells(header, 'th')}</tr></thead>" if header else ""
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table>{head}<tbody>{body}</tbody></table>"
