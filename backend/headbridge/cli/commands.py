"""The commands by name. Their modules are imported when asked for: what one needs, the others do not pay for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

from ..jobs.registry import JOBS
from ..threads import OPTION

ACCEPT_TERMS = "--accept-terms"

# In the order of --help. The module of a command has its name, with _ for -, and _ after a word of Python; its
# `define(parser)` adds description and arguments, and sets `run`, which takes the parsed arguments and returns exit code
# and report.
COMMANDS = {
    **{entry.command: entry.purpose for entry in JOBS.values() if entry.command},
    "convert-albedo": "turn colours of the Basel Face Model into a FLAME albedo",
    "info": "say what a file is, what it needs and what is in it",
    "batch": "run a job over many heads, on all cores or a cluster",
    "metrics": "measure a registered mesh against its target",
    "worker": "compute for a Blender on another computer",
    "doctor": "check the environment, devices, built-in data and model files",
}


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of threads; give 1 or more")
    return int(text)


def chosen_command(arguments: Sequence[str]) -> str | None:
    """The command that arguments name: the first that is no option (options before it take no values), or None."""
    return next((argument for argument in arguments if not argument.startswith("-")), None)


def define_command(name: str, parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments of a command, and `run`."""
    module = name.replace("-", "_") + "_" * iskeyword(name)
    import_module(f".{module}", __package__).define(parser)


def add_commands(parser: argparse.ArgumentParser, chosen: str | None) -> None:
    """Every command for the help of `parser`, of which the chosen one can be parsed and run."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose)
        if name == chosen:
            define_command(name, command)
            if name != "doctor":
                command.add_argument(
                    OPTION,
                    type=_positive,
                    metavar="N",
                    help="threads to compute with (default one for every core)",
                )
                command.add_argument(
                    ACCEPT_TERMS,
                    action="store_true",
                    help="accept the terms of the model files of your own that are used, from now on",
                )
            command.add_argument("-v", "--verbose", action="store_true", help="show details and tracebacks of errors")
