"""What the commands that run a job have in common: options, progress and the report file."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import InputError
from ..interrupt import stop_on_interrupt
from ..jobs.plain_json import encode_json
from ..mesh.io.files import check_output
from ..progress import Progress
from ..topologies import TOPOLOGY_KEYS
from .progress_display import ProgressDisplay


def add_job_options(parser: argparse.ArgumentParser, source: str, target: str) -> None:
    """Options for the report, the topologies of what the help calls `source` and `target`, and progress lines."""
    add_report_options(parser)
    parser.add_argument("--source-topology", choices=TOPOLOGY_KEYS, help=f"insist that {source} has this topology")
    parser.add_argument("--target-topology", choices=TOPOLOGY_KEYS, help=f"insist that {target} has this topology")


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Options for the report, and progress lines."""
    parser.add_argument("--json", metavar="FILE", help="write metrics, settings and versions to this file")
    add_progress_option(parser)


def add_progress_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")


@contextlib.contextmanager
def job_progress(parsed: argparse.Namespace) -> Iterator[Progress]:
    """Progress that is shown as the options say and stopped by Ctrl-C."""
    display = ProgressDisplay(parsed.progress)
    with stop_on_interrupt() as stopped:
        try:
            yield Progress(display, stopped)
        finally:
            display.close()


def check_outputs(outputs: Iterable[tuple[str, str | None]], inputs: Iterable[str]) -> None:
    """Raise `InputError` when a file, given after the option that names it, cannot be written, is one of the `inputs`,
    or is named by two options. Options without a file are None."""
    inputs = list(inputs)
    taken: dict[str, str] = {}
    for option, path in outputs:
        if path is None:
            continue
        check_output(path, inputs)
        other = taken.setdefault(os.path.abspath(path), option)
        if other != option:
            raise InputError(f"{path}: {other} and {option} name the same file; choose two names.")


def report_file(parsed: argparse.Namespace, described: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The report's file name and content, in a list that is empty without --json."""
    if parsed.json is None:
        return []
    return [(parsed.json, encode_json(described))]
