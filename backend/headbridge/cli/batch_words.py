"""The words of a command: which it takes, and those that stand for a row's values."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..topologies import TOPOLOGY_KEYS
from .commands import COMMANDS, define_command

RESERVED = ("help", "output", "json", "progress", "verbose", "accept")
"""Arguments that the batch itself gives."""

# Commands that make no head of each input.
_NO_HEADS = ("batch", "build-texture-space", "info", "metrics", "doctor", "worker")
_SWITCH = {**dict.fromkeys(("yes", "true", "on", "1"), True), **dict.fromkeys(("no", "false", "off", "0"), False)}
# Separates the values of a cell that takes several.
_LIST = ";"


class _JobParser(argparse.ArgumentParser):
    """Raises `InputError` instead of ending the process."""

    def error(self, message: str):
        raise InputError(message)


@cache
def job_parser(job: str) -> argparse.ArgumentParser:
    """The parser of a command that makes a head of its input; `InputError` when there is none."""
    heads = [name for name in COMMANDS if name not in _NO_HEADS]
    if job not in heads:
        raise InputError(f"there is no job '{job}'; the jobs are {', '.join(heads)}")
    parser = _JobParser(prog=f"headbridge {job}", add_help=False)
    define_command(job, parser)
    parser.add_argument("-v", "--verbose", action="store_true")
    return parser


def columns(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """The arguments by the name that their column has: as in --help, with _ for -."""
    named = {}
    for action in parser._actions:
        name = action.option_strings[-1 if len(action.option_strings[0]) == 2 else 0] if action.option_strings else ""
        name = name.lstrip("-").replace("-", "_") or action.dest
        if name not in RESERVED:
            named[name] = action
    return named


def row_words(action: argparse.Action, name: str, value: Any, folder: Path) -> list[str]:
    """The words that give an argument a row's value."""
    flags = action.option_strings
    if action.nargs == 0:
        chosen = _SWITCH.get(str(value).lower())
        if chosen is None:
            raise InputError(f"'{name}' should be yes or no, not '{value}'")
        if len(flags) > 1 and any(flag.startswith("--no-") for flag in flags):
            return [flags[0] if chosen else next(flag for flag in flags if flag.startswith("--no-"))]
        return [flags[0]] if chosen else []
    many = action.nargs in ("+", "*") or isinstance(action.nargs, int) or isinstance(action.default, list)
    many = many or isinstance(action, argparse._AppendAction)
    if isinstance(value, str) and many:
        value = [part.strip() for part in value.split(_LIST)]
    listed = value if isinstance(value, list) else [value]
    if not listed or (len(listed) > 1 and not many) or any(isinstance(item, dict | list | bool) for item in listed):
        raise InputError(f"'{name}' takes {'values' if many else 'one value'}, not {value!r}")
    texts = [_placed(action, str(item), folder) for item in listed]
    if not flags:
        return texts
    if isinstance(action.nargs, int) or action.nargs == "+":
        return [flags[0], *texts]
    # With an equals sign, values that begin with a minus are values.
    return [f"{flags[0]}={text}" for text in texts]


def _placed(action: argparse.Action, text: str, folder: Path) -> str:
    """A value that names a file, from the manifest's folder."""
    if not _may_name_file(action) or text in TOPOLOGY_KEYS:
        return text
    path = os.path.join(folder, text)
    # A setting may be a text of another kind; an argument is a file, there or missing.
    return path if not action.dest.startswith("setting_") or os.path.exists(path) else text


def named_files(action: argparse.Action, values: Mapping[str, Any]) -> Iterator[str]:
    """The files, folders and patterns among an argument's values."""
    if not _may_name_file(action) or action.dest not in values:
        return
    value = values[action.dest]
    for text in value if isinstance(value, list | tuple) else [value]:
        if isinstance(text, str) and text not in TOPOLOGY_KEYS:
            if action.dest.startswith("setting_") and not os.path.exists(text):
                continue
            yield text


def _may_name_file(action: argparse.Action) -> bool:
    return action.nargs != 0 and not action.choices and action.type in (None, str)
