"""Arguments in, exit code out."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Sequence

from .. import __version__
from ..errors import Cancelled, HeadBridgeError
from .commands import add_commands, chosen_command

CANCELLED = Cancelled.exit_code


class _Parser(argparse.ArgumentParser):
    """Tells a wrong argument in one line; the usage stands in --help."""

    def error(self, message: str):
        self.exit(2, f"headbridge: error: {message} (see {self.prog} --help)\n")


def build_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """A parser for these arguments, which knows the options of the command that they name; parsed, they have `run`,
    which takes them and returns exit code and report."""
    parser = _Parser(prog="headbridge", description="Carry a face from one head topology to another.")
    parser.add_argument("--version", action="version", version=f"headbridge {__version__}")
    add_commands(parser, chosen_command(arguments))
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit code, and tells errors in one line on stderr."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        parsed = build_parser(arguments).parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        # Only the report goes to stdout, so that --json can be piped; what libraries print joins the errors.
        with contextlib.redirect_stdout(sys.stderr):
            code, report = parsed.run(parsed)
        print(report)
        return code
    except HeadBridgeError as problem:
        return _tell(str(problem), problem.exit_code, parsed.verbose, problem.details)
    except KeyboardInterrupt:
        return _tell(str(Cancelled()), CANCELLED, parsed.verbose)
    except Exception as problem:
        cause = " ".join(str(problem).split())
        line = f"unexpected {type(problem).__name__}: {cause}" + (
            "" if parsed.verbose else "; run again with -v for details"
        )
        return _tell(line, 1, parsed.verbose)


def _tell(line: str, code: int, verbose: bool, details: str = "") -> int:
    if verbose:
        traceback.print_exc()
        if details:
            print(details, file=sys.stderr)
    print(f"headbridge: error: {line}", file=sys.stderr)
    return code


def console() -> None:
    """Entry point of the console script."""
    # Before any library that has threads: waiting by spinning doubles the CPU time of a job on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(main())
