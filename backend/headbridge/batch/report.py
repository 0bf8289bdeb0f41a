"""The report of a batch: a page that needs nothing beside it, and the same numbers as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from ..mesh.io.files import write_files
from ..topologies.builtin import asset_path
from .head import Head
from .record import FAILED, STATES, BatchFolder, Record

PAGE, TABLE = "report.html", "report.csv"
MISSING = "missing"
"""The state of a head without a record."""

_TEMPLATE, _MARK = "batch_report.html", "/*DATA*/"
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = ("name", "row", "job", "state", "verdict", "message")
_LAST_COLUMNS = ("seconds", "cpu_seconds", "memory_mb", "tries", "inputs")


def write_report(folder: BatchFolder, heads: Sequence[Head], records: Sequence[Record]) -> Path:
    """Write `report.html` and `report.csv` of heads, the worst first; those without a record are missing. Gives the
    page's path."""
    by_name = {record.name: record for record in records}
    rows = sorted((_row(head, by_name.get(head.name)) for head in heads), key=_goodness)
    labels = list(dict.fromkeys(label for row in rows for label in row["measures"]))
    page = folder.path / PAGE
    write_files([(page, _page(rows, labels)), (folder.path / TABLE, _table(rows, labels))])
    return page


def _row(head: Head, record: Record | None) -> dict[str, Any]:
    if record is None:
        record = Record(head.name, head.row, head.job, "", FAILED, head.inputs, message="Not done yet.", tries=0)
        return {**_shown(record), "state": MISSING}
    return _shown(record)


def _shown(record: Record) -> dict[str, Any]:
    told = [f"{reason['text']} {reason.get('step', '')}".strip() for reason in record.reasons[1:]]
    return {
        "name": record.name,
        "row": record.row,
        "job": record.job,
        "state": record.state,
        "verdict": record.verdict,
        "message": record.message,
        "reasons": told,
        "measures": record.measures,
        "seconds": record.seconds,
        "cpu_seconds": record.cpu_seconds,
        "memory_mb": round(record.memory / 1e6),
        "tries": record.tries,
        "inputs": record.inputs,
        "thumbnail": record.thumbnail,
        "results": f"heads/{record.name}/" if record.state != FAILED else "",
    }


def _goodness(row: dict[str, Any]) -> tuple[int, int, float, int]:
    """Smallest for the worst: by state, by how much speaks against it, by the first measure."""
    order = (FAILED, MISSING, *STATES[1::-1])
    first = next(iter(row["measures"].values()), 0.0)
    return order.index(row["state"]), -len(row["reasons"]), -first, row["row"]


def _page(rows: list[dict[str, Any]], labels: list[str]) -> bytes:
    data = json.dumps({"version": __version__, "measures": labels, "heads": rows}, allow_nan=False)
    # Nothing in the data can end the element that it stands in; what it says reaches the page as text alone.
    data = data.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    template = asset_path(_TEMPLATE).read_text(encoding="utf-8")
    before, _, after = template.partition(_MARK)
    return f"{before}{data}{after}".encode()


def _table(rows: list[dict[str, Any]], labels: list[str]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([*_COLUMNS, *labels, *_LAST_COLUMNS])
    for row in rows:
        cells = {**row, "inputs": " ".join(row["inputs"]), "message": " ".join([row["message"], *row["reasons"]])}
        measures = [row["measures"].get(label, "") for label in labels]
        writer.writerow(
            [
                *(_plain(cells[name]) for name in _COLUMNS),
                *measures,
                *(_plain(cells[name]) for name in _LAST_COLUMNS),
            ]
        )
    return stream.getvalue().encode("utf-8", "surrogateescape")


def _plain(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
