"""A head's way through a worker: look whether it is done, run its job, put results and record into their place."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..verdict import GOOD, TO_CHECK
from ..worker.errors import describe_error
from .head import FOLDER, Head
from .measures import measures_of
from .memory import give_memory_back, own_memory_bytes
from .record import CHECK, DONE, FAILED, BatchFolder, Record
from .thumbnail import thumbnail_of

Run = Callable[[str, list[str]], tuple[int, str]]
"""Runs a command with its words; gives exit code and report, or raises as the command does."""

_REPORT = "report.json"


def do_head(head: Head, folder: BatchFolder, run: Run, retry_failed: bool = False, tries: int = 1) -> Record:
    """The record of a head, which is computed unless there is one for the same input, settings and versions; one that
    failed counts, too, unless `retry_failed`. Whatever the job raises becomes a record. tries : how often the head was
    begun, this time included."""
    key = head.key()
    kept = folder.kept(head, key)
    if kept is not None and not (kept.state == FAILED and retry_failed):
        return kept
    began, cpu = time.monotonic(), time.process_time()
    working = folder.begin(head.name)
    outcome = _outcome(head, working, run)
    give_memory_back()
    record = Record(
        head.name,
        head.row,
        head.job,
        key,
        inputs=head.inputs,
        seconds=round(time.monotonic() - began, 3),
        cpu_seconds=round(time.process_time() - cpu, 3),
        memory=own_memory_bytes(),
        tries=tries,
        **outcome,
    )
    if record.state == FAILED:
        shutil.rmtree(working, ignore_errors=True)
    folder.finish(record, None if record.state == FAILED else working)
    return record


def failed_record(head: Head, message: str, details: str, seconds: float, tries: int) -> Record:
    """The record of a head whose worker did not live to write one."""
    return Record(
        head.name, head.row, head.job, head.key(), FAILED, head.inputs, 1, "", message, details=details,
        seconds=round(seconds, 3), tries=tries,
    )  # fmt: skip


def _outcome(head: Head, working: Path, run: Run) -> dict[str, Any]:
    words = ["-o", str(working if head.suffix == FOLDER else working / f"{head.name}{head.suffix}")]
    if head.report:
        words += [head.report, str(working / _REPORT)]
    try:
        code, told = run(head.job, [*head.arguments, *words])
    except Exception as problem:
        described = describe_error(problem)
        data = described["data"]
        return {
            "state": FAILED,
            "exit_code": data["exit_code"],
            "verdict": data.get("verdict", ""),
            "message": " ".join(described["message"].split()),
            "reasons": data.get("reasons", []),
            "details": data["details"],
        }
    report = _report(working)
    verdict = report.get("verdict", "")
    return {
        "state": CHECK if code == TO_CHECK else DONE,
        "exit_code": code,
        "verdict": verdict,
        "message": told.partition("\n")[0] if verdict not in ("", GOOD) else "",
        "reasons": report.get("reasons", []),
        "measures": measures_of(report.get("metrics") or {}),
        "thumbnail": thumbnail_of(working, (report.get("similarity") or {}).get("rotation")),
    }


def _report(working: Path) -> dict[str, Any]:
    """The JSON report of a job, of whatever name; empty where it writes none with measures."""
    for path in sorted(working.glob("*.json")):
        report = json.loads(path.read_bytes())
        if isinstance(report, dict) and "metrics" in report:
            return report
    return {}
