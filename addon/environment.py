# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating the backend's own Python environment: find an interpreter, make a venv, install the pinned packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib

from . import paths
from .job_client import BackendError, worker_environment

PROJECT_FILE = os.path.join(paths.EXTENSION_FOLDER, "pyproject.toml")
REQUIREMENTS_FILE = os.path.join(paths.BACKEND_FOLDER, "headbridge", "requirements.txt")
DOCTOR = ("-m", "headbridge", "doctor")


def python_range(project_file: str = PROJECT_FILE) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """(first, limit) of the Python versions the backend runs on, the limit excluded, from `requires-python`."""
    text = _project(project_file)["requires-python"]
    found = {op: (int(major), int(minor)) for op, major, minor in re.findall(r"(>=|<)\s*(\d+)\.(\d+)", text)}
    return found[">="], found.get("<")


def _project(project_file: str) -> dict:
    try:
        with open(project_file, "rb") as file:
            return tomllib.load(file)["project"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as problem:
        raise BackendError(
            f"The extension's pyproject.toml cannot be read ({problem}); install the extension again."
        ) from problem


def base_interpreter(
    own: str = sys.executable, own_version=sys.version_info, search=shutil.which, project_file: str = PROJECT_FILE
) -> str:
    """A Python of a version the backend runs on: Blender's own when it fits, else one on PATH.

    Raises `BackendError` that says what to install."""
    first, limit = python_range(project_file)
    version = tuple(own_version[:2])
    if version >= first and (limit is None or version < limit):
        return own
    found = search(f"python{first[0]}.{first[1]}") or _from_launcher(first, search)
    if found:
        return found
    raise BackendError(
        f"The backend needs Python {first[0]}.{first[1]}, and this Blender carries {version[0]}.{version[1]}. "
        f"Install Python {first[0]}.{first[1]} from python.org so that 'python{first[0]}.{first[1]}' is on PATH, "
        "or name an interpreter that has the backend's packages."
    )


def _from_launcher(version: tuple[int, int], search) -> str:
    """The interpreter that Windows' `py` launcher knows for a version; empty when there is none."""
    launcher = search("py")
    if not launcher:
        return ""
    command = [launcher, f"-{version[0]}.{version[1]}", "-c", "import sys; print(sys.executable)"]
    asked = subprocess.run(command, capture_output=True, text=True)
    return asked.stdout.strip() if asked.returncode == 0 else ""


class EnvironmentSetup:
    """Creates the environment in a thread; poll `finished`, `fraction`, `message` and `error` from the main thread.

    Parameters
    ----------
    folder : where the environment goes; a cancelled or failed setup leaves nothing there.
    log_path : file that takes what the steps print.
    base : the interpreter the environment is made with.
    requirements : file of the pinned packages.
    check : arguments of the new interpreter that end without error when the environment works.
    """

    def __init__(self, folder: str, log_path: str, base: str, requirements: str = REQUIREMENTS_FILE, check=DOCTOR):
        self.finished = False
        self.error = ""
        self.cancelled = False
        self.fraction = 0.0
        self.message = "Starting"
        self.log_path = log_path
        self._folder = folder
        self._process: subprocess.Popen | None = None
        python = paths.environment_python(folder)
        pip = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        self._steps = [
            (0.05, "Creating the environment", [base, "-m", "venv", "--clear", folder]),
            (0.15, "Downloading and installing packages", [*pip, "-r", requirements]),
            (0.95, "Checking the backend", [python, *check]),
        ]
        self._thread = threading.Thread(target=self._run, name="headbridge-environment", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop the running step."""
        self.cancelled = True
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()

    def wait(self) -> None:
        """Block until the setup has ended (background mode)."""
        self._thread.join()

    def _run(self) -> None:
        try:
            with open(self.log_path, "w", encoding="utf-8") as log:
                for fraction, message, command in self._steps:
                    self.fraction, self.message = fraction, message
                    if self.cancelled or not self._step(command, log):
                        break
        except OSError as problem:
            self.error = f"The environment could not be created: {problem}."
        if self.error or self.cancelled:
            shutil.rmtree(self._folder, ignore_errors=True)
        self.finished = True

    def _step(self, command: list[str], log) -> bool:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        environment = worker_environment(paths.BACKEND_FOLDER)
        no_window = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment, **no_window
        )
        status = self._process.wait()
        if status != 0 and not self.cancelled:
            self.error = f"{self.message} failed (exit code {status}): {self._last_line()}"
        return status == 0

    def _last_line(self) -> str:
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        return lines[-1]
