"""The commands by name. Their modules are imported when asked for: what one needs, the others do not pay for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

from ..threads import OPTION

# In the order of --help. The module of a command has its name, with _ for -, and _ after a word of Python; its
# `define(parser)` adds description and arguments, and sets `run`, which takes the parsed arguments and returns exit code
# and report.
COMMANDS = {
    "register": "carry a source head onto a target",
    "uv": "give a head the UV layout of another",
    "bake": "carry a texture from one head's UV layout to another's",
    "fit-mesh": "fit a head model to a registered mesh",
    "fit-landmarks3d": "fit a head model to 3D landmarks",
    "fit-scan": "fit a head to a scan of a head",
    "fit-sequence": "fit a head model to the meshes of a performance",
    "track": "follow the face in a video as a head that moves",
    "fit-photo": "fit a head to photos of a person",
    "project-texture": "project photos on a fitted head as its texture",
    "sample": "make random heads of a head model",
    "sample-texture": "make textures of a texture space",
    "fit-texture": "find a given texture in a texture space or generator",
    "complete-texture": "fill in the hidden parts of a texture",
    "build-texture-space": "build a texture space of photos",
    "convert-albedo": "turn colours of the Basel Face Model into a FLAME albedo",
    "convert": "convert between FLAME, HACK and ICT heads",
    "convert-expressions": "turn FLAME's expressions into ARKit's keys, and back",
    "import": "read a tracker's results as a sequence",
    "export-sequence": "write a sequence as a tracker's own files",
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
            command.add_argument("-v", "--verbose", action="store_true", help="show details and tracebacks of errors")
