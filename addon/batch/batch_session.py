# SPDX-License-Identifier: GPL-3.0-or-later
"""A running batch: the backend's command line as a process of its own, advanced from the main thread."""

from __future__ import annotations

import collections
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time

import bpy

from .. import model_terms, paths
from ..job_client import NO_WINDOW, BackendError, worker_environment
from ..job_session import Session
from . import inputs
from .inputs import BatchRequest

TASK = "batch"

# Good, some that failed, and some to be looked at: the table tells which.
_THROUGH = (0, 1, 3)
# A line for each head: "[3/20] done anna (7.1 s)".
_LINE = re.compile(r"\[(\d+)/(\d+)\] (.*)")
_CANCEL_SECONDS = 3.0


class BatchSession(Session):
    """A running batch; what is done stays, also when it is cancelled."""

    def __init__(self, request: BatchRequest):
        self.output = os.path.abspath(bpy.path.abspath(request.output))
        manifest = inputs.write(request, list(bpy.context.selected_objects))
        python = paths.interpreter()
        threads = paths.preferences().threads
        self.state, self.fraction, self.message = "running", 0.0, "Starting"
        self.log_path = os.path.join(paths.user_folder("logs"), f"batch-{os.getpid()}.log")
        command = [python, "-m", "headbridge", "batch", manifest, "-o", self.output, "--retry-failed"]
        self._in_use = paths.use_environment(python)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=worker_environment(paths.BACKEND_FOLDER, threads=threads) | model_terms.accepted_environment(),
                text=True,
                encoding="utf-8",
                errors="replace",
                **NO_WINDOW,
            )
        except OSError as problem:
            self._release()
            raise BackendError(f"The backend could not be started: {problem}.") from problem
        self._lines: queue.SimpleQueue = queue.SimpleQueue()
        self._last = collections.deque(maxlen=1)
        self._cancelled_at = None
        threading.Thread(target=self._read, name="headbridge-batch-reader", daemon=True).start()

    def step(self, show_preview: bool = True) -> bool:
        """Take in what the batch said; True once it has ended."""
        ended = False
        while not self._lines.empty():
            line = self._lines.get()
            if line is None:
                ended = True
            elif found := _LINE.match(line):
                self.fraction = int(found[1]) / int(found[2])
                self.message = f"{found[1]} of {found[2]}: {found[3]}"
            else:
                self._last.append(line)
        if self._cancelled_at is not None and time.monotonic() - self._cancelled_at > _CANCEL_SECONDS:
            self._process.kill()
        if ended and self.state == "running":
            self._end(self._process.wait())
        return self.state != "running"

    def cancel(self) -> None:
        """Ask for the end; heads that are done stay."""
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            # Where there is no such signal the workers end because the batch is gone.
            self._process.terminate() if sys.platform == "win32" else self._process.send_signal(signal.SIGINT)

    def abort(self) -> None:
        """End at once."""
        self._process.kill()
        self._end(self._process.wait())

    def _end(self, status: int) -> None:
        self._release()
        if self._cancelled_at is not None:
            self.state = "cancelled"
        elif status in _THROUGH and os.path.exists(os.path.join(self.output, "report.csv")):
            self.state = "done"
        else:
            self.state = "failed"
            told = self._last[0] if self._last else f"The batch ended with status {status}."
            self.error = told.removeprefix("headbridge: error: ")

    def _release(self) -> None:
        if self._in_use is not None:
            self._in_use.release()
            self._in_use = None

    def _read(self) -> None:
        with open(self.log_path, "w", encoding="utf-8") as log:
            for line in self._process.stderr:
                log.write(line)
                self._lines.put(line.rstrip())
        self._lines.put(None)
