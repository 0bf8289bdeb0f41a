# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the extension's own files and its writable folders are, and which interpreter runs the backend."""

from __future__ import annotations

import functools
import os
import shutil
import time

import bpy

from .. import __package__ as base_package
from .environment import repair
from .environment.file_lock import FileLock
from .environment.pins import pins_id
from .environment.place import environment_python, environments_folder
from .environment.setup import REQUIREMENTS
from .environment.store import Environment, Store
from .job_client import BackendError

INTERPRETER_VARIABLE = "HEADBRIDGE_PYTHON"
EXTENSION_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BACKEND_FOLDER = os.path.join(EXTENSION_FOLDER, "backend")
PROJECT_FILE = os.path.join(EXTENSION_FOLDER, "pyproject.toml")
REQUIREMENTS_FILE = os.path.join(EXTENSION_FOLDER, REQUIREMENTS)
# What `interpreter_choice` says of an environment that was not chosen by hand.
CREATED = "created by HeadBridge"
ASSETS_FOLDER = os.path.join(BACKEND_FOLDER, "headbridge", "assets")


def user_folder(name: str) -> str:
    """A writable folder of this extension, made when it is not there."""
    return bpy.utils.extension_path_user(base_package, path=name, create=True)


def remove_old(folder: str, days: float) -> None:
    """Remove what sessions that ended badly have left in one of the extension's folders."""
    before = time.time() - days * 86400.0
    for entry in os.scandir(folder):
        if entry.stat(follow_symlinks=False).st_mtime < before:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.remove(entry.path)


def environments() -> Store:
    """The environments that all Blender versions of this user share."""
    return Store(environments_folder())


@functools.cache
def pins() -> str:
    """The short name of the packages this extension is made for."""
    return pins_id(REQUIREMENTS_FILE)


def shared_environment() -> Environment | None:
    """The environment for this extension's packages, else one for those of another version."""
    store = environments()
    found = _best(store.folder, store.changed())
    if found is not None and not os.path.isdir(found.folder):
        # Somebody removed it by hand.
        _best.cache_clear()
        return None
    return found


@functools.lru_cache(maxsize=1)
def _best(folder: str, _changed: tuple[tuple[str, int, int], ...]) -> Environment | None:
    # Panels ask at every redraw, and files are read only when a pointer was written since.
    return Store(folder).best(pins())


def earlier_environment() -> str:
    """Where earlier versions of the extension kept an environment of their own; it is used until an update."""
    return bpy.utils.extension_path_user(base_package, path="backend", create=False)


def needs_update() -> bool:
    """Whether the environment in use was made for other packages than this extension's."""
    if interpreter_choice()[1] != CREATED:
        return False
    environment = shared_environment()
    return environment is None or environment.pins != pins()


def preferences():
    """The add-on's preferences."""
    return bpy.context.preferences.addons[base_package].preferences


def interpreter_choice() -> tuple[str, str]:
    """(path, origin) of the interpreter that is asked for; the path is empty when none is set up."""
    named = os.environ.get(INTERPRETER_VARIABLE, "")
    if named:
        return named, f"environment variable {INTERPRETER_VARIABLE}"
    named = bpy.path.abspath(preferences().interpreter) if preferences().interpreter else ""
    if named:
        return named, "preferences"
    environment = shared_environment()
    if environment is not None:
        return environment.interpreter, CREATED
    earlier = environment_python(earlier_environment())
    return (earlier, CREATED) if os.path.exists(earlier) else ("", "")


def remote_worker() -> tuple[str, str]:
    """Address and token of a worker on another computer; the address is empty where jobs run here."""
    chosen = preferences()
    return chosen.remote_address.strip(), chosen.remote_token.strip()


def has_backend() -> bool:
    """Whether jobs have a place to run: a worker on another computer, or an interpreter here."""
    return bool(remote_worker()[0] or interpreter_choice()[0])


def interpreter() -> str:
    """The interpreter that runs the backend; raises `BackendError` when there is none."""
    path, origin = interpreter_choice()
    if not path:
        raise BackendError(
            "The backend is not installed: press Create Backend Environment in the add-on's preferences, "
            "or name a Python interpreter there."
        )
    environment = shared_environment() if origin == CREATED else None
    if environment is not None and not repair.runs(environment):
        _repair(environment)
    if not os.path.isfile(path):
        raise BackendError(
            f"The backend interpreter '{path}' ({origin}) does not exist; choose another in the add-on's preferences."
        )
    return path


def _repair(environment: Environment) -> None:
    lock = environments().lock()
    if not lock.acquire():
        raise BackendError("Another Blender changes the environment at the moment; try again when it is done.")
    try:
        repair.repair(environment)
    finally:
        lock.release()


def use_environment(python: str) -> FileLock | None:
    """A held lock that keeps the environment of an interpreter from being removed; None when it is not shared."""
    try:
        lock = environments().use(python)
        if lock is not None:
            environments().note_extension(EXTENSION_FOLDER)
    except OSError:
        # Jobs go on where nothing can be written, as on a full disk; nobody sets up there either.
        return None
    return lock
