"""Tables of numbers as text."""

from __future__ import annotations

from typing import Any


def print_table(title: str, rows: list[dict[str, Any]]) -> None:
    """A plain aligned table of rows with equal keys; None becomes a dash."""

    def text(value: Any) -> str:
        return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)

    columns = [[key, *(text(row[key]) for row in rows)] for key in rows[0]]
    widths = [max(map(len, column)) for column in columns]
    print(f"\n{title}")
    for line in zip(*columns):
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))
