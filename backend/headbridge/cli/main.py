"""Arguments in, exit code out."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Sequence

from .. import __version__
from ..errors import Cancelled, HeadBridgeError, printable
from ..interrupt import ending_on_interrupt
from ..model_files import ModelFile
from ..model_terms import noting_use
from .commands import add_commands, chosen_command

CANCELLED = Cancelled.exit_code
_OF_THE_INPUT = {
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG,
}  # fmt: skip


class _Parser(argparse.ArgumentParser):
    """Tells a wrong argument in one line; the usage stands in --help."""

    def _print_message(self, message: str, file=None) -> None:
        # Help and version; argparse keeps silent when nobody takes them.
        if message and _show(message):
            sys.exit(1)

    def error(self, message: str):
        self.exit(_tell(f"{message} (see {self.prog} --help)", 2))


def build_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """A parser for these arguments, which knows the options of the command that they name; parsed, they have `run`,
    which takes them and returns exit code and report."""
    parser = _Parser(prog="headbridge", description="Transfer a face from one head topology to another.")
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
        accepts = (lambda model: True) if getattr(parsed, "accept_terms", False) else _accepts
        with contextlib.redirect_stdout(sys.stderr), noting_use(accepts):
            code, report = parsed.run(parsed)
        return _show(f"{report}\n") or code
    except HeadBridgeError as problem:
        return _tell(str(problem), problem.exit_code, parsed.verbose, problem.details)
    except KeyboardInterrupt:
        return _tell(str(Cancelled()), CANCELLED, parsed.verbose)
    except MemoryError:
        return _tell("there is not enough memory; use smaller input or close other programs", 1, parsed.verbose)
    except OSError as problem:
        return _tell(_system_error(problem), 2 if problem.errno in _OF_THE_INPUT else 1, parsed.verbose)
    except Exception as problem:
        cause = " ".join(str(problem).split())
        line = f"unexpected {type(problem).__name__}: {cause}" + (
            "" if parsed.verbose else "; run again with -v for details"
        )
        return _tell(line, 1, parsed.verbose)


def _accepts(model: ModelFile) -> bool:
    """Asks for a model's terms, where somebody can answer."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        return False
    print(f"{printable(model.label)} is used for the first time. {model.terms} ({model.source})", file=sys.stderr)
    print("Do you accept these terms? [y/N] ", end="", file=sys.stderr, flush=True)
    with ending_on_interrupt():
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def _show(text: str) -> int:
    """Print the report; returns an exit code other than 0 when nobody takes it."""
    try:
        # Only the lines' ends are the report's own, what else controls a terminal came with names from files.
        print("\n".join(map(printable, text.split("\n"))), end="", flush=True)
    except OSError as problem:
        # What is left in the buffer would raise once more at the end of the process.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _tell(f"the report could not be written to stdout ({problem.strerror}); what was asked for is done", 1)
    return 0


def _system_error(problem: OSError) -> str:
    """One line for an error of the operating system that no reader or writer has told better."""
    if problem.filename is None and problem.errno == errno.ENOENT:
        return "the current folder does not exist any more; change into another one"
    where = "" if problem.filename is None else f"{os.fsdecode(problem.filename)}: "
    return f"{where}{problem.strerror or problem}; check the path, its permissions and the space on the disk"


def _tell(line: str, code: int, verbose: bool = False, details: str = "") -> int:
    # Nobody may be listening here either.
    with contextlib.suppress(OSError):
        if verbose:
            traceback.print_exc()
            if details:
                print(details, file=sys.stderr)
        print(f"headbridge: error: {printable(line)}", file=sys.stderr, flush=True)
    return code
