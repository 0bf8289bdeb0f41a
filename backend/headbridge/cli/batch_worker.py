"""``python -m headbridge.cli.batch_worker FOLDER``: a worker of a batch, which runs commands."""

from __future__ import annotations

import argparse
import contextlib
import sys

from ..batch.serve import serve
from ..model_terms import noting_use
from .batch_words import job_parser


def run_command(job: str, arguments: list[str]) -> tuple[int, str]:
    """Run a command as `headbridge JOB ARGUMENTS` does; gives exit code and report, and raises what the command does."""
    parsed: argparse.Namespace = job_parser(job).parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr), noting_use():
        return parsed.run(parsed)


if __name__ == "__main__":
    serve(sys.argv[1], run_command)
