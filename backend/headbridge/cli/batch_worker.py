"""``python -m headbridge.cli.batch_worker FOLDER [--accept-terms]``: a worker of a batch, which runs commands."""

from __future__ import annotations

import argparse
import contextlib
import sys
from functools import partial

from ..batch.serve import serve
from ..model_terms import noting_use
from .batch_words import job_parser
from .commands import ACCEPT_TERMS


def run_command(job: str, arguments: list[str], accept_terms: bool = False) -> tuple[int, str]:
    """Run a command as `headbridge JOB ARGUMENTS` does; gives exit code and report, and raises what the command does.

    accept_terms : whether who started the batch accepts the terms of model files of his own."""
    parsed: argparse.Namespace = job_parser(job).parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr), noting_use(lambda model: accept_terms):
        return parsed.run(parsed)


if __name__ == "__main__":
    serve(sys.argv[1], partial(run_command, accept_terms=ACCEPT_TERMS in sys.argv[2:]))
