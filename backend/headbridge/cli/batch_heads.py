"""What a row of a batch asks for, in the words of the command that does it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..batch.head import FOLDER, Head, input_name
from ..batch.manifest import Row, find_files, read_manifest, row_error
from ..errors import InputError
from ..topologies import TOPOLOGY_KEYS
from .batch_inputs import BatchInputs
from .batch_words import RESERVED, columns, job_parser, named_files, row_words
from .setting_options import settings_from_options

_JOB, _NAME = "job", "name"
_WHOLE, _STEM, _FOLDER = "{head}", "{stem}", "{folder}"


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
    wanted = job_parser(job).get_default("batch") or BatchInputs()
    heads = []
    found = find_files(places, wanted.files, wanted.inside)
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
    arguments = columns(parser)
    own_name = values.pop(_NAME, None)
    if own_name is not None and not isinstance(own_name, str):
        raise InputError(f"the name should be text, not {own_name!r}")
    unknown = next((name for name in values if name not in arguments), None)
    if unknown is not None:
        raise InputError(f"{command} has no '{unknown}'; its columns are {', '.join([_JOB, _NAME, *arguments])}")
    options, positional = [], []
    for name, action in arguments.items():
        if name in values:
            own = row_words(action, name, values[name], folder)
            (options if action.option_strings else positional).extend(own)
    named = own_name or next((word for word in reversed(positional) if word not in TOPOLOGY_KEYS), f"row-{row.number}")
    return _head(row.number, input_name(named), command, [*words, *options, *positional])


def _head(row: int, name: str, job: str, words: list[str]) -> Head:
    parser = job_parser(job)
    if any(word in ("-o", "--output") or word.startswith("--output=") for word in words):
        raise InputError("-o is for the batch to say; leave it out")
    parsed = parser.parse_args([*words, "-o", "out"])
    if settings_class := getattr(parsed, "settings_class", None):
        settings_from_options(parsed, settings_class)
    given = {action.dest: getattr(parsed, action.dest, None) for action in parser._actions}
    for option in RESERVED[2:]:
        if given.pop(option, None):
            raise InputError(f"--{option} is for the batch to say; leave it out")
    values = {name: value for name, value in given.items() if name != "output" and value not in (None, [], "")}
    inputs = [text for action in parser._actions for text in named_files(action, values)]
    writes_folder = any(action.dest == "output" and action.metavar == "DIR" for action in parser._actions)
    suffix = FOLDER if writes_folder else (parser.get_default("batch") or BatchInputs()).suffix
    report = "--json" if any(action.dest == "json" for action in parser._actions) else ""
    return Head(row, name, job, words, values, inputs, suffix, report)


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
