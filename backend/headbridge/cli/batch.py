"""``headbridge batch``: a job over many heads."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from ..batch.head import Head
from ..batch.manifest import chosen_rows, is_manifest
from ..batch.record import CHECK, FAILED, BatchFolder, Record
from ..errors import Cancelled, InputError
from ..interrupt import stop_on_interrupt
from ..verdict import TO_CHECK
from .batch_display import BatchDisplay, duration
from .batch_heads import file_heads, manifest_heads
from .commands import ACCEPT_TERMS

_DESCRIPTION = """Run a job over many heads: the rows of a manifest (.csv, .jsonl), or the files of folders and patterns.
Written to DIR: heads/NAME/ with the files of each head, records/NAME.json with its outcome, report.html and report.csv.
Ended at any time and started again, it goes on; changed inputs, settings and versions are computed again. A broken head
costs only itself."""
_EXIT_CODES = f"""exit codes: 0 all heads are done; {TO_CHECK} some should be looked at (0 with --accept); 1 some failed; 2 bad
manifest or arguments; 130 cancelled"""
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.epilog = _EXIT_CODES
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="a manifest, or files, folders and patterns ('scans/**/*.obj')"
    )
    parser.add_argument(
        "--job", metavar="COMMAND", help="command to run on each head; a manifest may have a column job"
    )
    parser.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="folder of the batch; several machines may share it"
    )
    parser.add_argument("--workers", type=_count, metavar="N", help="processes (chosen from cores and memory)")
    parser.add_argument(
        "--memory", type=_size, default=0, metavar="SIZE", help="end a head whose process needs more: 2G, 800M"
    )
    parser.add_argument("--timeout", type=_seconds, default=0.0, metavar="SECONDS", help="end a head that takes longer")
    parser.add_argument("--retry-failed", action="store_true", help="compute heads again that failed before")
    parser.add_argument("--rows", metavar="A:B", help="do these rows alone, both counted, from 1; writes no report")
    parser.add_argument("--report", action="store_true", help="compute nothing, write the report of what is there")
    parser.add_argument("--ray", metavar="ADDRESS", help="run on a Ray cluster ('local': one on this machine)")
    parser.add_argument(
        "--accept", action="store_true", help=f"exit code 0 instead of {TO_CHECK} where heads should be looked at"
    )
    parser.add_argument(
        "--exit-zero",
        action="store_true",
        help="exit code 0 once every head has a record, as schedulers want it; the report tells which failed",
    )
    parser.add_argument(
        "--with",
        dest="words",
        nargs=argparse.REMAINDER,
        default=[],
        metavar="...",
        help="what follows are words of the command, as for one head, without the head and -o. {head} stands for the "
        "file, which otherwise comes last, {stem} and {folder} for its name and place",
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    heads = _heads(parsed)
    if parsed.rows is not None:
        heads = [heads[number - 1] for number in chosen_rows(parsed.rows, len(heads))]
    folder = BatchFolder(parsed.output)
    if parsed.report:
        records = [folder.record(head.name) for head in heads]
        return _report(parsed, folder, heads, [record for record in records if record is not None])
    records: dict[str, Record] = {}
    display = BatchDisplay(len(heads))

    def tell(record: Record) -> None:
        records[record.name] = record
        display.tell(record)

    with _stop_on_signals() as stopped:
        pool = _pool(parsed, folder, heads)
        try:
            pool.run(heads, parsed.retry_failed, tell, display.tick, stopped)
        except Cancelled:
            raise Cancelled(
                f"Stopped; {len(records)} of {len(heads)} heads are through, and the same command goes on."
            ) from None
        finally:
            display.close()
    return _report(parsed, folder, heads, [records[head.name] for head in heads if head.name in records])


def _heads(parsed: argparse.Namespace) -> list[Head]:
    manifests = [place for place in parsed.inputs if is_manifest(place)]
    if manifests and len(parsed.inputs) > 1:
        raise InputError(f"{manifests[0]}: a manifest stands alone; leave the other inputs out, or put them into it.")
    if manifests:
        return manifest_heads(manifests[0], parsed.job, parsed.words)
    if not parsed.job:
        raise InputError("--job is missing: the command to run on each head, such as register.")
    return file_heads(parsed.inputs, parsed.job, parsed.words)


def _pool(parsed: argparse.Namespace, folder: BatchFolder, heads: Sequence[Head]):
    from ..batch.pool import Limits, WorkerPool, choose_workers
    from ..memory import available_memory_bytes
    from ..threads import usable_cores

    limits = Limits(parsed.timeout, parsed.memory)
    if parsed.ray is not None:
        from ..batch.ray_pool import RayPool
        from .batch_worker import run_command

        run_on_node = partial(run_command, accept_terms=parsed.accept_terms)
        return RayPool(parsed.ray, folder, run_on_node, parsed.workers or 0, parsed.threads or 1, limits)
    count = parsed.workers or choose_workers(len(heads), available_memory_bytes(), limits)
    threads = parsed.threads or max(1, usable_cores() // count)
    command = [sys.executable, "-m", f"{__package__}.batch_worker", str(folder.path)]
    if parsed.accept_terms:
        command.append(ACCEPT_TERMS)
    return WorkerPool(command, folder, count, threads, limits)


def _report(
    parsed: argparse.Namespace, folder: BatchFolder, heads: Sequence[Head], records: Sequence[Record]
) -> tuple[int, str]:
    from ..batch.report import write_report

    lines = []
    if parsed.rows is None or parsed.report:
        lines.append(f"Report: {write_report(folder, heads, records)}")
    states = [record.state for record in records]
    failed, check = states.count(FAILED), states.count(CHECK)
    missing = len(heads) - len(records)
    parts = [f"{len(heads)} heads", f"{failed} failed", f"{check} to check"]
    if missing:
        parts.append(f"{missing} not done")
    lines.insert(0, ", ".join(parts) + f"; {duration(sum(record.seconds for record in records))} of work.")
    if missing or (failed and not parsed.exit_zero):
        return 1, "\n".join(lines)
    return TO_CHECK if check and not (parsed.accept or parsed.exit_zero) else 0, "\n".join(lines)


@contextlib.contextmanager
def _stop_on_signals() -> Iterator:
    """Ctrl-C, and what a scheduler ends a job with, stop the batch."""
    with stop_on_interrupt() as pressed:
        before = signal.signal(signal.SIGTERM, lambda number, frame: os.kill(os.getpid(), signal.SIGINT))
        try:
            yield pressed
        finally:
            signal.signal(signal.SIGTERM, before)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return int(text)


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?", text.strip().lower())
    if found is None or not float(found[1]):
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write 2G or 800M")
    return int(float(found[1]) * _UNITS[found[2]])


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds above 0")
    return seconds
