"""One head of a batch, and what its result is the result of."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..cache import content_key
from ..jobs.versions import result_versions
from ..mesh.udim import PLACEHOLDER
from ..model_files import MODEL_FILES, find_all

PATTERN = "*?["
"""What makes a pattern of a path."""

FOLDER = ""
"""The `suffix` of a job that takes a folder for its files."""


@dataclass(frozen=True)
class Head:
    """What is to be done with one head.

    row : number in the manifest, counted from 1; name : its own in the batch, fit for a file name; job : a command of
    the command line; arguments : the command's words without those for its outputs; values : the same by name; inputs :
    the files and folders among the values; suffix : of the file to write, which bears the head's name, or FOLDER; report :
    option for the report's file, "" where the job writes one by itself.
    """

    row: int
    name: str
    job: str
    arguments: list[str]
    values: dict[str, Any]
    inputs: list[str]
    suffix: str = FOLDER
    report: str = ""

    def key(self) -> str:
        """64 hexadecimal digits that change with the content of the inputs, the settings, HeadBridge and its packages,
        and the model files; where files lie does not count."""
        contents = {path: content_digest(path) for path in self.inputs}
        named = [[name, _known(value, contents)] for name, value in sorted(self.values.items())]
        return content_key(self.job, named, self.suffix, _environment())


def _known(value: Any, contents: dict[str, str]) -> Any:
    if isinstance(value, list | tuple):
        return [_known(item, contents) for item in value]
    if isinstance(value, str) and value in contents:
        return ["content", contents[value]]
    return value


def content_digest(path: str) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files, of an image's UDIM tiles, or of those that a
    pattern matches; "" where there is none."""
    if not os.path.exists(path) and any(sign in path for sign in (PLACEHOLDER, *PATTERN)):
        pattern = glob.escape(path).replace(PLACEHOLDER, "[0-9]" * 4) if PLACEHOLDER in path else path
        return _joint_digest({os.path.basename(file): file for file in sorted(glob.glob(pattern, recursive=True))})
    if os.path.isdir(path):
        return _joint_digest({os.path.relpath(file, path): file for file in _files_in(path)})
    return _file_digest(path)


def _joint_digest(files: dict[str, str]) -> str:
    joint = hashlib.sha256()
    for name, file in files.items():
        joint.update(f"{name}\0{_file_digest(file)}\n".encode("utf-8", "surrogateescape"))
    return joint.hexdigest()


def _files_in(path: str) -> Iterator[str]:
    for root, folders, files in os.walk(path):
        folders.sort()
        yield from (os.path.join(root, name) for name in sorted(files))


def _file_digest(path: str) -> str:
    try:
        state = os.stat(path)
        # A pipe would keep the reader waiting for ever.
        return _read_digest(path, state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else ""
    except OSError:
        return ""


# A template or a model that all heads share is read once by each worker.
@cache
def _read_digest(path: str, size: int, changed: int) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def _environment() -> list[Any]:
    """What results depend on beside their input: versions, and the model files that are found."""
    versions = {name: version or "" for name, version in result_versions().items()}
    models = [[found.path.name, found.size] for model in MODEL_FILES for found in find_all(model)]
    return [versions, models]


def input_name(path: str | Path) -> str:
    """The name of a head from that of its file: what every file system takes, at most 80 characters."""
    stem = Path(path).stem
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in stem).strip(".") or "head"
    if kept == stem and len(kept) <= 80:
        return kept
    return f"{kept[:70]}-{hashlib.sha256(stem.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"
