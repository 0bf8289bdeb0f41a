# SPDX-License-Identifier: GPL-3.0-or-later
"""Making an environment beside the one in use, checking it, and switching to it when it works."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from dataclasses import dataclass

from ..job_client import BackendError, worker_environment
from . import pip_settings
from .base_python import BasePython
from .bundle import Bundle, unpack
from .causes import cause
from .disk import SIZES, check_room
from .file_lock import FileLock
from .pins import environment_id, pins_id
from .pip_output import PipProgress, bytes_below
from .place import environment_python, package_count
from .running import RunningStep, end_orphan
from .store import Environment, Store, remove

DOCTOR = ("-m", "headbridge", "doctor")
# The list of pinned packages inside an installed extension.
REQUIREMENTS = os.path.join("backend", "headbridge", "requirements.txt")

_POLL_SECONDS = 0.1
# Number of the step's process, in the folder that is being made.
_PROCESS_FILE = "setup.pid"
# Where installing begins and ends in the bar.
_INSTALL_FROM, _INSTALL_TO = 0.06, 0.92


@dataclass(frozen=True)
class Order:
    """What is to be made.

    extension : folder of the extension the environment is for; base : the Python it is made with; build : of PyTorch;
    bundle : where packages come from, else the network; check : arguments of the new interpreter that end without error
    when the environment works; replaced : folder of an environment elsewhere that the new one makes superfluous."""

    extension: str
    base: BasePython
    build: str
    bundle: Bundle | None = None
    check: tuple[str, ...] = DOCTOR
    replaced: str = ""

    @property
    def requirements(self) -> str:
        return os.path.join(self.extension, REQUIREMENTS)

    @property
    def python(self) -> str:
        return f"{self.base.version[0]}.{self.base.version[1]}"


class _Cancelled(Exception):
    pass


class EnvironmentSetup:
    """Makes an environment in a thread; poll `finished`, `fraction`, `message` and `error` from the main thread.

    Until the very end, which is one renaming of a small file, the environment that was in use stays so. log_path : takes
    what the steps print."""

    def __init__(self, store: Store, order: Order, log_path: str):
        self.finished = False
        self.error = ""
        self.cancelled = False
        self.fraction = 0.0
        self.message = "Starting"
        self.log_path = log_path
        self._store = store
        self._order = order
        self._thread = threading.Thread(target=self._run, name="headbridge-environment", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask for the end; the thread ends the running step and all its processes within a moment."""
        self.cancelled = True

    def wait(self) -> None:
        """Block until the set-up has ended (background mode)."""
        self._thread.join()

    def _run(self) -> None:
        lock = self._store.lock()
        try:
            with open(self.log_path, "w", encoding="utf-8"):
                # Of an earlier set-up nothing is left in it.
                pass
            os.makedirs(self._store.folder, exist_ok=True)
            if self._wait_for(lock) or not self._made_meanwhile():
                self._set_up()
        except _Cancelled:
            pass
        except BackendError as problem:
            self.error = str(problem)
        except Exception as problem:
            # Whatever it is, it may not end a thread that somebody waits for.
            self.error = cause(f"{problem}", 0, self._order.python, self._order.bundle is not None)
        finally:
            if self.error:
                self._log(self.error)
            lock.release()
            self.finished = True

    def _wait_for(self, lock: FileLock) -> bool:
        """Take the lock; False when another Blender had it first."""
        at_once = True
        while not lock.acquire():
            at_once = False
            self.message = "Waiting for another Blender that sets up the environment"
            self._stop_if_cancelled()
            time.sleep(_POLL_SECONDS)
        return at_once

    def _made_meanwhile(self) -> bool:
        found = self._store.of_pins(pins_id(self._order.requirements))
        return found is not None and found.build == self._order.build

    def _set_up(self) -> None:
        order, store = self._order, self._store
        self._stop_if_cancelled()
        self.message = "Removing what earlier set-ups left"
        for folder in store.unfinished():
            _end_and_remove(folder)
        check_room(store.folder, order.build)
        pins = pins_id(order.requirements)
        folder = store.new_folder(environment_id(pins, order.base.version, order.build))
        try:
            with open(self.log_path, "a+", encoding="utf-8", errors="replace") as log:
                _Steps(self, folder, log).make(order)
            self._stop_if_cancelled()
            store.switch(Environment(folder, pins, order.python, order.build))
        except BaseException:
            remove(folder)
            raise
        self._tidy(pins)
        # Who cancels now comes too late.
        self.cancelled = False

    def _tidy(self, pins: str) -> None:
        """Remove what the new environment has replaced; that something stays is no failure of the set-up."""
        self.fraction, self.message = 0.98, "Removing the old environment"
        try:
            self._store.note_extension(self._order.extension)
            self._store.remove_unneeded({pins, *_pins_of(self._store.extensions())})
            if self._order.replaced:
                shutil.rmtree(self._order.replaced, ignore_errors=True)
        except OSError as problem:
            self._log(f"The old environment could not be removed: {problem}")

    def _log(self, text: str) -> None:
        # On a full disk the text is still shown.
        with contextlib.suppress(OSError), open(self.log_path, "a", encoding="utf-8") as log:
            log.write(text + "\n")

    def _stop_if_cancelled(self) -> None:
        if self.cancelled:
            raise _Cancelled


class _Steps:
    """The steps that make an environment in a folder, one after another."""

    def __init__(self, setup: EnvironmentSetup, folder: str, log):
        self._setup = setup
        self._folder = folder
        self._log = log
        self._scratch = os.path.join(folder, "tmp")

    def make(self, order: Order) -> None:
        setup, scratch = self._setup, self._scratch
        os.makedirs(scratch)
        variables = worker_environment(os.path.join(order.extension, "backend"))
        python = environment_python(self._folder)
        setup.fraction, setup.message = 0.02, "Creating the environment"
        self._step([order.base.program, "-m", "venv", self._folder], variables)

        setup.fraction = _INSTALL_FROM
        if order.bundle is not None:
            setup.message = "Unpacking the file"
            settings, sources = {}, pip_settings.from_wheels(unpack(order.bundle, scratch))
        else:
            setup.message = "Reading pip's settings"
            listing = self._step(pip_settings.show_configuration(python), variables)
            settings = pip_settings.kept_settings(listing)
            sources = pip_settings.from_network(order.build, order.requirements)
        setup.message = "Installing the packages"
        self._install(
            pip_settings.install_command(python, order.requirements, sources),
            pip_settings.pip_variables(variables, settings, scratch),
        )
        shutil.rmtree(scratch)

        setup.fraction, setup.message = _INSTALL_TO, "Checking the backend"
        self._step([python, *order.check], variables)
        os.remove(os.path.join(self._folder, _PROCESS_FILE))

    def _install(self, command: list[str], variables: dict[str, str]) -> None:
        progress = PipProgress(SIZES[self._setup._order.build][1])
        before = package_count(self._folder)

        def look(lines: list[str]) -> None:
            for line in lines:
                progress.line(line)
            if progress.installing:
                progress.installed(package_count(self._folder) - before)
            else:
                progress.downloaded(bytes_below(self._scratch))
            self._setup.fraction = _INSTALL_FROM + (_INSTALL_TO - _INSTALL_FROM) * progress.fraction
            self._setup.message = progress.message

        self._step(command, variables, look)

    def _step(self, command: list[str], variables: dict[str, str], look=lambda lines: None) -> str:
        """Run a command to its end and return what it printed; `look` is called with its new lines."""
        self._setup._stop_if_cancelled()
        title = self._setup.message
        self._log.seek(0, os.SEEK_END)
        self._log.write(f"$ {' '.join(command)}\n")
        self._log.flush()
        begin = self._log.tell()
        process = RunningStep(command, self._log, variables, self._folder)
        try:
            _note_process(self._folder, process.pid)
            told, status = 0, None
            while status is None:
                status = process.wait(_POLL_SECONDS)
                self._setup._stop_if_cancelled()
                lines = self._output(begin).split("\n")
                # The last one may not be whole yet.
                look(lines[told : len(lines) - 1])
                told = len(lines) - 1
        except BaseException:
            process.kill()
            raise
        output = self._output(begin)
        if status != 0:
            order = self._setup._order
            raise BackendError(f"{title} failed. {cause(output, status, order.python, order.bundle is not None)}")
        return output

    def _output(self, begin: int) -> str:
        """What the log has from a place on, read beside the process that writes to its end."""
        with open(self._log.name, encoding="utf-8", errors="replace") as log:
            log.seek(begin)
            return log.read()


def _note_process(folder: str, pid: int) -> None:
    with open(os.path.join(folder, _PROCESS_FILE), "w", encoding="utf-8") as file:
        file.write(str(pid))


def _end_and_remove(folder: str) -> None:
    """Remove what a set-up that was killed has left, with its step when that still runs."""
    try:
        with open(os.path.join(folder, _PROCESS_FILE), encoding="utf-8") as file:
            end_orphan(int(file.read()), folder)
    except (OSError, ValueError):
        pass
    remove(folder)


def _pins_of(extensions: list[str]) -> set[str]:
    pins = set()
    for folder in extensions:
        try:
            pins.add(pins_id(os.path.join(folder, REQUIREMENTS)))
        except BackendError:
            # An extension that is only half there runs no backend.
            continue
    return pins
