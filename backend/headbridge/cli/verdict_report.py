"""What a verdict means on the command line: exit code, the report's first lines, and the option to accept."""

from __future__ import annotations

import argparse

from ..verdict import CHECK, TO_CHECK, Verdict

_EXIT_CODES = f"""exit codes: 0 the result is good; {TO_CHECK} it was written, but should be looked at (0 with --accept); 1 it
failed, by its own verdict or while it was computed, and nothing was written; 2 bad input or arguments; 130 cancelled"""


def add_accept_option(parser: argparse.ArgumentParser) -> None:
    """`--accept`, and the exit codes at the end of --help."""
    parser.add_argument(
        "--accept",
        action="store_true",
        help=f"take a result that should be looked at as done: exit code 0 instead of {TO_CHECK}",
    )
    parser.epilog = _EXIT_CODES


def exit_code(parsed: argparse.Namespace, verdict: Verdict) -> int:
    """The exit code of a result that was written."""
    return TO_CHECK if verdict.level == CHECK and not parsed.accept else 0


def verdict_lines(verdict: Verdict) -> list[str]:
    """The verdict's line, and what else speaks against the result, the worst first."""
    return [verdict.line, *(f"  {sentence}" for sentence in verdict.sentences)]
