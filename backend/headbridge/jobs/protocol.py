"""What every job is: its input read, computed, described and written. Worker and command line only bring the input and
say where the files go."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..mesh.io.files import write_error, write_files
from ..progress import Progress
from .folder import JobFolder

Answer = dict[str, Any]
Write = Callable[[Any, Path, Any, Progress], tuple[Answer, Any]]


@dataclass(frozen=True)
class Job:
    """A kind of job.

    settings_class : dataclass of `headbridge.settings.setting` fields.
    read : ``read(folder)``, the input of a worker's job, from its folder.
    write : ``write(inputs, output, settings, progress)`` computes, writes files into the folder `output`, which it makes
        where it is missing, and returns the JSON-able answer and the result that it describes (`computed`, `written`).
        Compute code is imported inside it, so that naming a job costs nothing and wrong input is told first.
    place : where in the worker's folder the output goes, "" for the folder itself."""

    settings_class: type
    read: Callable[[JobFolder], Any]
    write: Write
    place: str = ""

    def run(self, folder: JobFolder, settings: Any, progress: Progress) -> Answer:
        """Do the job of a worker's folder; the answer."""
        inputs = self.read(folder)
        progress.report(0.0, "Starting")
        return self.write(inputs, folder.path / self.place, settings, progress)[0]


@dataclass(frozen=True)
class Task:
    """What a worker does for Blender alone: it hands out arrays.

    run : ``run(folder, settings, progress)`` reads its input from the folder, writes its files there and returns the
        JSON-able answer; compute code is imported inside it."""

    settings_class: type
    run: Callable[[JobFolder, Any, Progress], dict[str, Any]]


def computed(
    compute: Callable[[Any, Any, Progress], Any],
    describe: Callable[[Any, Any], dict[str, Any]],
    files: Callable[[Any, dict[str, Any]], Iterable[tuple[str, bytes]]],
    names: Callable[[Any], dict[str, Any]] = lambda result: {},
) -> Write:
    """A job's `write` whose files all come after the computation, all of them or none.

    compute : of input, settings and progress, the result. describe : of result and settings, its JSON-able side.
    files : of result and description, name and content of each file. names : what of the files the answer names."""

    def write(inputs: Any, output: Path, settings: Any, progress: Progress) -> tuple[Answer, Any]:
        result = compute(inputs, settings, progress)
        described = describe(result, settings)
        folder = make_output_folder(output)
        write_files((folder / name, content) for name, content in files(result, described))
        return {**described, **names(result)}, result

    return write


def written(write: Callable[[Any, Path, Any, Progress], Answer]) -> Write:
    """A job's `write` of a function that writes while it computes: its answer is all that there is of the result."""

    def both(inputs: Any, output: Path, settings: Any, progress: Progress) -> tuple[Answer, Answer]:
        answer = write(inputs, output, settings, progress)
        return answer, answer

    return both


def check_output_folder(path: str | os.PathLike) -> None:
    """Raise `InputError` when results cannot go to the folder `path`: it is a file, or there is no folder to make it
    in."""
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise InputError(f"{path}: this is a file; name a folder for the results.")
    if not path.exists() and not path.absolute().parent.is_dir():
        raise InputError(f"{path}: the folder {path.absolute().parent} does not exist; create it or choose another.")


def make_output_folder(path: str | os.PathLike) -> Path:
    """The folder `path`, made if need be."""
    path = Path(path)
    try:
        path.mkdir(exist_ok=True)
    except OSError as problem:
        raise write_error(path, problem) from problem
    return path
