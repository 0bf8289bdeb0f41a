"""The bench's table as Markdown and JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .case import Case
from .known_set import ROWS as KNOWN
from .rows import cases
from .summary import (
    Line,
    Numbers,
    amberg_lines,
    found_lines,
    known_lines,
    stability_lines,
    unprepared_lines,
    verdict_lines,
)


def write_tables(out: Path, rows: Sequence[str], seeds: Sequence[int], quick: bool) -> None:
    """Write OUT/bench.md and OUT/bench.json from OUT/results, for what of the rows has been run."""
    lines: list[Line] = []
    everything: Numbers = {}
    for row in rows:
        numbers = _read(out, cases(row, seeds, quick))
        if row == "speed":
            lines += _speed(out)
        if not numbers:
            continue
        everything |= numbers
        if row in KNOWN:
            lines += known_lines(row, numbers)
        elif row == "unprepared":
            lines += unprepared_lines(row, numbers)
        elif row == "found":
            lines += found_lines(row, numbers)
        elif row == "stability":
            lines += stability_lines(row, numbers, lambda case: _positions(out, case))
        elif row == "amberg":
            lines += amberg_lines(row, numbers)
    lines += verdict_lines("verdict", everything)
    (out / "bench.md").write_text(_markdown(lines, everything), encoding="utf-8")
    table = {
        "lines": [dataclasses.asdict(line) for line in lines],
        "cases": {case.name: found for case, found in everything.items()},
    }
    (out / "bench.json").write_text(json.dumps(table, indent=1), encoding="utf-8")


def _read(out: Path, wanted: Sequence[Case]) -> Numbers:
    found: Numbers = {}
    for case in wanted:
        path = out / "results" / f"{case.name}.json"
        if path.exists():
            found[case] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _positions(out: Path, case: Case) -> np.ndarray | None:
    path = out / "results" / f"{case.name}.npy"
    return np.load(path) if path.exists() else None


def _speed(out: Path) -> list[Line]:
    path = out / "results" / "speed.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    bars = {"register_hack_10k": 7.0, "version": 0.3}
    return [
        Line("speed", name, f"<= {bar} CPU s", f"{found[name]:.2f}", bool(found[name] <= bar))
        for name, bar in bars.items()
    ]


def _markdown(lines: list[Line], numbers: Numbers) -> str:
    marks = {True: "yes", False: "**no**", None: ""}
    text = ["| row | measure | bar | value | met |", "|---|---|---|---|---|"]
    text += [f"| {line.row} | {line.measure} | {line.bar} | {line.value} | {marks[line.met]} |" for line in lines]
    keys = ("face_mean", "lips_mean", "landmarks_mean", "flips", "intersections", "cpu")
    text += ["", "| case | verdict | " + " | ".join(keys) + " | depth p95, over 2 mm | remark |"]
    text += ["|---" * (len(keys) + 4) + "|"]
    for case, found in numbers.items():
        cells = [f"{found[key]:.2f}".removesuffix(".00") if key in found else "-" for key in keys]
        depth = found.get("depth")
        seen = f"{depth['p95']:.2f}, {100 * depth['over_2mm']:.1f} %" if depth else "-"
        remark = found.get("error") or "; ".join(found["reasons"])
        text.append(f"| {case.name} | {found['verdict']} | {' | '.join(cells)} | {seen} | {remark} |")
    return "\n".join([*text, ""])
