"""What is known of a head that was tried, and the folder that keeps it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..mesh.io.files import write_error, write_file
from .head import Head

DONE, CHECK, FAILED = "done", "check", "failed"
STATES = (DONE, CHECK, FAILED)
"""From best to worst."""


@dataclass(frozen=True)
class Record:
    """The outcome of one head.

    key : of the head it is the outcome of; state : "done", "check" (written, to be looked at) or "failed"; verdict :
    "good", "check", "failed", or "" of jobs that give none; message : one line; reasons : the verdict's; measures :
    by label; seconds, cpu_seconds : of the job; memory : bytes of the worker (`own_memory_bytes`) when it ended; tries :
    how often it was begun; thumbnail : a WebP picture in base64, or ""; kept : it was there before.
    """

    name: str
    row: int
    job: str
    key: str
    state: str
    inputs: list[str] = field(default_factory=list)
    exit_code: int = 0
    verdict: str = ""
    message: str = ""
    reasons: list[dict[str, str]] = field(default_factory=list)
    details: str = ""
    measures: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    tries: int = 1
    thumbnail: str = ""
    kept: bool = False

    @staticmethod
    def from_plain(plain: Any) -> Record | None:
        """The record of which `plain` was made; None when it is none."""
        known = {f.name for f in dataclasses.fields(Record)}
        if not isinstance(plain, dict) or not {"name", "row", "job", "key", "state"} <= set(plain) <= known:
            return None
        record = Record(**plain)
        return record if record.state in STATES else None

    def plain(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


class BatchFolder:
    """Where a batch writes; several machines may share it, each with heads of its own.

    Raises `InputError` when the folder cannot be made."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).absolute()
        self.records, self.heads, self.logs = (self.path / name for name in ("records", "heads", "logs"))
        self._working = self.path / "working"
        for folder in (self.records, self.heads, self.logs, self._working):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except FileExistsError:
                raise InputError(f"{folder}: this is a file; choose another folder for the batch.") from None
            except OSError as problem:
                raise write_error(folder, problem) from problem

    def record(self, name: str) -> Record | None:
        """The record of a head; None when there is none, or one that cannot be read."""
        try:
            return Record.from_plain(json.loads(self._record(name).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def kept(self, head: Head, key: str) -> Record | None:
        """The record of a head under that key, if its results are there."""
        record = self.record(head.name)
        if record is None or record.key != key or (record.state != FAILED and not self.results(head.name).is_dir()):
            return None
        return dataclasses.replace(record, row=head.row, kept=True)

    def results(self, name: str) -> Path:
        return self.heads / name

    def begin(self, name: str) -> Path:
        """A new folder for a head's files, which `finish` puts in their place. A record of before is void from now on."""
        self.clear(name)
        self._record(name).unlink(missing_ok=True)
        folder = self._working / f"{name}~{os.getpid()}"
        folder.mkdir(parents=True)
        return folder

    def clear(self, name: str) -> None:
        """Remove what workers that died left of a head."""
        for left in self._working.iterdir():
            if left.name.rpartition("~")[0] == name:
                shutil.rmtree(left, ignore_errors=True)

    def finish(self, record: Record, folder: Path | None = None) -> None:
        """Put a head's files into their place, and then its record, each by a rename: whoever reads the record finds
        the files that belong to it. Without `folder` the head has no files."""
        place = self.results(record.name)
        try:
            # A worker that died in `begin` leaves the old record, which must not stand beside files of another key.
            self._record(record.name).unlink(missing_ok=True)
            if place.exists():
                shutil.rmtree(place)
            if folder is not None:
                os.rename(folder, place)
        except OSError as problem:
            raise write_error(place, problem) from problem
        write_file(self._record(record.name), json.dumps(record.plain(), allow_nan=False).encode("utf-8"))

    def _record(self, name: str) -> Path:
        return self.records / f"{name}.json"
