"""Arguments in, exit code out."""

from __future__ import annotations

import argparse
import contextlib
import sys
import traceback

from .. import __version__
from ..errors import Cancelled, HeadBridgeError
from . import (
    bake,
    build_texture_space,
    complete_texture,
    convert,
    convert_albedo,
    doctor,
    fit_landmarks3d,
    fit_mesh,
    fit_photo,
    fit_scan,
    metrics,
    project_texture,
    register,
    sample,
    sample_texture,
    uv,
)

CANCELLED = Cancelled.exit_code


class _Parser(argparse.ArgumentParser):
    """Tells a wrong argument in one line; the usage stands in --help."""

    def error(self, message: str):
        self.exit(2, f"headbridge: error: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets `run`, which takes the parsed arguments and returns exit code and
    report."""
    parser = _Parser(prog="headbridge", description="Carry a face from one head topology to another.")
    parser.add_argument("--version", action="version", version=f"headbridge {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    fits = (fit_mesh, fit_landmarks3d, fit_scan, fit_photo, project_texture)
    textures = (sample_texture, complete_texture, build_texture_space, convert_albedo)
    for module in (register, uv, bake, *fits, sample, *textures, convert, metrics, doctor):
        command = module.add_command(commands)
        command.add_argument("-v", "--verbose", action="store_true", help="show details and tracebacks of errors")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit code, and tells errors in one line on stderr."""
    try:
        parsed = build_parser().parse_args(arguments)
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
    sys.exit(main())
