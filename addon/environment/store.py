# SPDX-License-Identifier: GPL-3.0-or-later
"""All environments of this user: which of them is in use, switching to another, removing what nobody uses.

env/3f9a2c-1/              an environment; headbridge.json inside says that it is complete, and for which pins
env/81d0aa.current         name of the environment for the pins 81d0aa
env/extensions/            one file for each installed extension, with its folder
env/uses/                  one lock for each environment and process that uses it
env/setup.lock             held by the one that makes, repairs or removes environments
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from .file_lock import FileLock
from .place import environment_python

RECORD = "headbridge.json"
_CURRENT = ".current"
_REMOVED = ".removed"


@dataclass(frozen=True)
class Environment:
    """A complete environment. pins, python, build : what it was made for; python as in "3.11"."""

    folder: str
    pins: str
    python: str
    build: str

    @property
    def interpreter(self) -> str:
        return environment_python(self.folder)


class Store:
    """The environments in a folder, which need not exist."""

    def __init__(self, folder: str):
        self.folder = folder

    def lock(self) -> FileLock:
        """The lock of those who change something here."""
        return FileLock(os.path.join(self.folder, "setup.lock"))

    def of_pins(self, pins: str) -> Environment | None:
        """The environment in use for these pins."""
        try:
            with open(self._pointer(pins), encoding="utf-8") as file:
                return self._complete(file.read().strip())
        except OSError:
            return None

    def best(self, pins: str) -> Environment | None:
        """The environment in use for these pins, else the one that was switched to last for others: it may still run
        the backend until the user updates it."""
        found = self.of_pins(pins)
        if found is not None:
            return found
        pointers = sorted(glob.glob(os.path.join(glob.escape(self.folder), "*" + _CURRENT)), key=_changed)
        others = (self.of_pins(os.path.basename(path).removesuffix(_CURRENT)) for path in reversed(pointers))
        return next((environment for environment in others if environment is not None), None)

    def changed(self) -> tuple[tuple[str, int, int], ...]:
        """What tells that `best` may give something else than before: the pointers, and when each was written."""
        found = []
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if entry.name.endswith(_CURRENT):
                        state = entry.stat()
                        found.append((entry.name, state.st_mtime_ns, state.st_ino))
        except OSError:
            # It is being made, or changes at the moment; the next look sees it.
            pass
        return tuple(sorted(found))

    def new_folder(self, name: str) -> str:
        """A path that does not exist, for an environment to be made in."""
        number = 1
        while os.path.lexists(path := os.path.join(self.folder, f"{name}-{number}")):
            number += 1
        return path

    def switch(self, environment: Environment) -> None:
        """Declare an environment complete and the one in use for its pins. Whoever reads meanwhile, and whoever comes
        after a crash, finds the old or the new."""
        _write(
            os.path.join(environment.folder, RECORD),
            json.dumps({name: value for name, value in asdict(environment).items() if name != "folder"}),
        )
        _write(self._pointer(environment.pins), os.path.basename(environment.folder))

    def note_extension(self, extension_folder: str) -> None:
        """Remember an installed extension, whose environment is kept as long as the extension is there."""
        name = hashlib.sha256(extension_folder.encode()).hexdigest()[:12]
        path = os.path.join(self.folder, "extensions", name)
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            _write(path, extension_folder)

    def extensions(self) -> list[str]:
        """The folders of the remembered extensions that are still there."""
        folders = []
        for path in glob.glob(os.path.join(glob.escape(self.folder), "extensions", "*")):
            with open(path, encoding="utf-8") as file:
                folder = file.read()
            if os.path.isdir(folder):
                folders.append(folder)
        return folders

    def use(self, interpreter: str) -> FileLock | None:
        """A held lock that keeps the environment of an interpreter from being removed; None when it is none of ours."""
        name = os.path.relpath(interpreter, self.folder).split(os.sep)[0] if self._owns(interpreter) else ""
        if not name:
            return None
        lock = FileLock(os.path.join(self.folder, "uses", f"{name}.{os.getpid()}"))
        lock.acquire()
        return lock

    def remove_unneeded(self, pins: Iterable[str]) -> None:
        """Remove what killed set-ups have left, and the environments that neither pins point to nor a process uses.

        pins : of all installed extensions. To be called with the lock held."""
        wanted = set(pins)
        for path in glob.glob(os.path.join(glob.escape(self.folder), "*" + _CURRENT)):
            if os.path.basename(path).removesuffix(_CURRENT) not in wanted:
                os.remove(path)
        kept = {found.folder for name in wanted if (found := self.of_pins(name)) is not None}
        for path in self._environment_folders():
            if path not in kept and not self._used(os.path.basename(path)):
                remove(path)

    def unfinished(self) -> list[str]:
        """Folders of set-ups that did not end, or are at it."""
        return [path for path in self._environment_folders() if not os.path.exists(os.path.join(path, RECORD))]

    def _environment_folders(self) -> list[str]:
        found = glob.glob(os.path.join(glob.escape(self.folder), "*-*"))
        return [path for path in found if os.path.isdir(path)]

    def _used(self, name: str) -> bool:
        for path in glob.glob(os.path.join(glob.escape(self.folder), "uses", f"{glob.escape(name)}.*")):
            lock = FileLock(path)
            if not lock.acquire():
                return True
            lock.release()
            os.remove(path)
        return False

    def _owns(self, path: str) -> bool:
        return os.path.abspath(path).startswith(os.path.abspath(self.folder) + os.sep)

    def _pointer(self, pins: str) -> str:
        return os.path.join(self.folder, pins + _CURRENT)

    def _complete(self, name: str) -> Environment | None:
        folder = os.path.join(self.folder, name)
        try:
            with open(os.path.join(folder, RECORD), encoding="utf-8") as file:
                return Environment(folder, **json.load(file))
        except (OSError, ValueError, TypeError):
            return None


def remove(folder: str) -> None:
    """Remove an environment at once or, where Windows keeps its files open, not at all: under another name first, so
    that half of one is never taken for a whole."""
    gone = folder
    if not folder.endswith(_REMOVED):
        gone = folder + _REMOVED
        try:
            os.rename(folder, gone)
        except OSError:
            return
    shutil.rmtree(gone, ignore_errors=True)


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _write(path: str, text: str) -> None:
    """Write a file so that it has either its old content or all of the new."""
    partial = f"{path}.{os.getpid()}.part"
    try:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        if os.path.exists(partial):
            os.remove(partial)
        raise
