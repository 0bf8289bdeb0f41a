"""``headbridge info``: what a file or folder is, what it needs and what is in it."""

from __future__ import annotations

import argparse
import json

from ..jobs.plain_json import plain_json
from .job_options import add_progress_option, job_progress

_DESCRIPTION = """Say what PATH is: a tracker's results, sequence.npz, head.npz, a FLAME model file or a mesh; which model
and version it needs and whether that is here; and what is in it."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("path", metavar="PATH", help="a file, a folder or a pattern")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    add_progress_option(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    from ..jobs.file_information import information

    with job_progress(parsed) as progress:
        facts, lines = information(parsed.path, progress)
    return 0, json.dumps(plain_json(facts), indent=1) if parsed.json else "\n".join(lines)
