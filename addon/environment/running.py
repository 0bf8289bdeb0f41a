# SPDX-License-Identifier: GPL-3.0-or-later
"""A step of a set-up: a process that writes to a log, and that ends with all its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from ..job_client import NO_WINDOW


class RunningStep:
    """A started process whose output goes to a file; raises OSError when it cannot be started.

    folder : its working folder."""

    def __init__(self, command: list[str], output, variables: dict[str, str], folder: str):
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=folder,
            # Elsewhere a group of its own, so that its children end with it.
            start_new_session=sys.platform != "win32",
            **NO_WINDOW,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """The exit status, or None when it runs on after these seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End it and all it has started."""
        _end_tree(self._process.pid)
        self._process.kill()
        self._process.wait()


def end_orphan(pid: int, folder: str) -> None:
    """End a step that has outlived its Blender, which was killed; only when the process still works in that folder, as
    the number may be another's by now."""
    if sys.platform == "win32":
        # Windows does not remove a folder in which a program runs: the set-up after the next one does.
        return
    asked = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    if folder in asked.stdout:
        _end_tree(pid)


def _end_tree(pid: int) -> None:
    if sys.platform == "win32":
        subprocess.run(
            ["taskkill", "/T", "/F", "/PID", str(pid)],
            capture_output=True,
            **NO_WINDOW,
        )
        return
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # Already gone, or about to be.
        pass
