"""What a row of a batch asks for, in the words of the command that does it."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ..batch.head import FOLDER, Head, input_name
from ..batch.manifest import Row, SubFolder, find_files, read_manifest, row_error
from ..errors import InputError
from ..mesh.io import READABLE as MESHES
from ..mesh.udim import PLACEHOLDER
from ..topologies import TOPOLOGY_KEYS
from .commands import COMMANDS, define_command
from .setting_options import settings_from_options

# What commands that write one file write, where it is no mesh: images, with the number of the UDIM tile.
_SUFFIXES = dict.fromkeys(("bake", "project-texture", "complete-texture"), f".{PLACEHOLDER}.png")
_MESH_SUFFIX = ".obj"
# What files of a folder are heads for a command, where they are no meshes.
_IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".exr")
_FILES = {
    **dict.fromkeys(("bake", "complete-texture", "fit-photo", "project-texture"), _IMAGES),
    "fit-landmarks3d": (".pp", ".npy", ".json", ".txt"),
    **dict.fromkeys(("import", "export-sequence"), ("",)),
}
# Of these a folder inside a folder is one head: its files together, or the folder itself.
_INSIDE = {
    **dict.fromkeys(("fit-photo", "project-texture"), SubFolder.FILES),
    **dict.fromkeys(("import", "export-sequence"), SubFolder.WHOLE),
}
# Commands that make no head of each input.
_NO_HEADS = ("batch", "build-texture-space", "info", "metrics", "doctor")
# Options of the batch itself, which a row does not set.
_OWN = ("help", "output", "json", "progress", "verbose", "accept")
_JOB, _NAME = "job", "name"
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
# Separates the values of a cell that takes several.
_LIST = ";"
_WHOLE, _STEM, _FOLDER = "{head}", "{stem}", "{folder}"


class _JobParser(argparse.ArgumentParser):
    """Raises `InputError` instead of ending the process."""

    def error(self, message: str):
        raise InputError(message)


def manifest_heads(path: str, job: str | None, words: Sequence[str]) -> list[Head]:
    """The heads of a manifest, whose columns are the names of the command's arguments and settings, and `job` and
    `name`. job, words : for rows without a job, and before each row's own. Relative paths of the manifest start at its
    folder. Raises `InputError`, with the row's number."""
    heads = []
    for row in read_manifest(path):
        try:
            heads.append(_row_head(row, job, words, Path(path).absolute().parent))
        except InputError as problem:
            raise row_error(path, row.number, str(problem)) from None
    return _named(heads, path)


def file_heads(places: Sequence[str], job: str, words: Sequence[str]) -> list[Head]:
    """A head for each file of folders, patterns and names. words : those of the command, in which {head} stands for the
    file, {stem} for its name without suffix and {folder} for where it lies; without {head} the file comes last."""
    job_parser(job)
    heads = []
    found = find_files(places, _FILES.get(job, MESHES), _INSIDE.get(job, SubFolder.NONE))
    for number, files in enumerate(found, start=1):
        # Several photos of a person bear the name of the folder they lie in.
        name = Path(files[0]).parent if len(files) > 1 else Path(files[0])
        # A name that begins with a minus is no option.
        files = [os.path.join(os.curdir, file) if file.startswith("-") else file for file in files]
        own = [_filled(word, files[0]) for word in words if word != _WHOLE]
        if _WHOLE in words:
            place = list(words).index(_WHOLE)
            own[place:place] = files
        elif not any(_WHOLE in word for word in words):
            own += files
        try:
            heads.append(_head(number, input_name(name), job, own))
        except InputError as problem:
            raise InputError(f"{files[0]}: {problem} (after --with stand the words of headbridge {job})") from None
    return _named(heads, ", ".join(places))


def _filled(word: str, file: str) -> str:
    path = Path(file)
    return word.replace(_WHOLE, file).replace(_STEM, path.stem).replace(_FOLDER, str(path.parent))


def _row_head(row: Row, job: str | None, words: Sequence[str], folder: Path) -> Head:
    values = {name.strip().replace("-", "_").lower(): value for name, value in row.values.items()}
    command = values.pop(_JOB, job)
    if not isinstance(command, str):
        raise InputError("there is no job; add a column 'job', or give --job")
    parser = job_parser(command)
    arguments = _columns(parser)
    own_name = values.pop(_NAME, None)
    if own_name is not None and not isinstance(own_name, str):
        raise InputError(f"the name should be text, not {own_name!r}")
    unknown = next((name for name in values if name not in arguments), None)
    if unknown is not None:
        raise InputError(f"{command} has no '{unknown}'; its columns are {', '.join([_JOB, _NAME, *arguments])}")
    options, positional = [], []
    for name, action in arguments.items():
        if name in values:
            own = _words(action, name, values[name], folder)
            (options if action.option_strings else positional).extend(own)
    named = own_name or next((word for word in reversed(positional) if word not in TOPOLOGY_KEYS), f"row-{row.number}")
    return _head(row.number, input_name(named), command, [*words, *options, *positional])


def _columns(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """The arguments by the name that their column has: as in --help, with _ for -."""
    named = {}
    for action in parser._actions:
        name = action.option_strings[-1 if len(action.option_strings[0]) == 2 else 0] if action.option_strings else ""
        name = name.lstrip("-").replace("-", "_") or action.dest
        if name not in _OWN:
            named[name] = action
    return named


def _words(action: argparse.Action, name: str, value: Any, folder: Path) -> list[str]:
    """The words that give an argument a row's value."""
    flags = action.option_strings
    if action.nargs == 0:
        chosen = (
            value
            if isinstance(value, bool)
            else {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}.get(str(value).lower())
        )
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
    if isinstance(action.nargs, int):
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


def _may_name_file(action: argparse.Action) -> bool:
    return action.nargs != 0 and not action.choices and action.type in (None, str)


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


def _head(row: int, name: str, job: str, words: list[str]) -> Head:
    parser = job_parser(job)
    if any(word in ("-o", "--output") or word.startswith("--output=") for word in words):
        raise InputError("-o is for the batch to say; leave it out")
    parsed = parser.parse_args([*words, "-o", "out"])
    if settings_class := getattr(parsed, "settings_class", None):
        settings_from_options(parsed, settings_class)
    given = {action.dest: getattr(parsed, action.dest, None) for action in parser._actions}
    for option in _OWN[2:]:
        if given.pop(option, None):
            raise InputError(f"--{option} is for the batch to say; leave it out")
    values = {name: value for name, value in given.items() if name != "output" and value not in (None, [], "")}
    inputs = [text for action in parser._actions if action.dest in values for text in _paths(action, values)]
    writes_folder = any(action.dest == "output" and action.metavar == "DIR" for action in parser._actions)
    suffix = FOLDER if writes_folder else _SUFFIXES.get(job, _MESH_SUFFIX)
    report = "--json" if any(action.dest == "json" for action in parser._actions) else ""
    return Head(row, name, job, words, values, inputs, suffix, report)


def _paths(action: argparse.Action, values: dict[str, Any]) -> Iterable[str]:
    """The files and folders among an argument's values: those of UDIM tiles one by one."""
    if not _may_name_file(action):
        return
    value = values[action.dest]
    for text in value if isinstance(value, list | tuple) else [value]:
        if isinstance(text, str) and text not in TOPOLOGY_KEYS:
            if action.dest.startswith("setting_") and not os.path.exists(text):
                continue
            yield text


def _named(heads: list[Head], whence: str) -> list[Head]:
    """The heads with names of their own: equal ones, also where upper and lower case are one, get their row's number."""
    counts = Counter(head.name.casefold() for head in heads)
    named = [
        replace(head, name=f"{head.name}-{head.row}") if counts[head.name.casefold()] > 1 else head for head in heads
    ]
    doubled = next((n for n, count in Counter(head.name.casefold() for head in named).items() if count > 1), None)
    if doubled is not None:
        raise InputError(f"{whence}: two heads would be called '{doubled}'; give them a name in a column 'name'.")
    return named
