"""The pool's side of a worker."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ..apart import child_environment
from ..threads import VARIABLES
from .head import Head

_LOG_TAIL = 4000
# A group of its own: Ctrl-C in the terminal reaches the pool alone, and what a worker has started ends with it.
_APART: dict[str, Any] = (
    {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if sys.platform == "win32" else {"start_new_session": True}
)


def worker_environment(threads: int) -> dict[str, str]:
    """Environment variables of a worker whose libraries use `threads` threads each. They read them when they load."""
    environment = {**child_environment(), **dict.fromkeys(VARIABLES, str(threads))}
    # Waiting by spinning takes the core from the workers beside.
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return environment


class WorkerProcess:
    """A process that does heads one by one.

    events : takes (this worker, message) for each line it says, and (this worker, None) when it has ended.
    """

    def __init__(self, command: list[str], environment: dict[str, str], log: Path, events: queue.SimpleQueue):
        self.ready = False
        self.broke = ""
        self.head: Head | None = None
        self.tries = 0
        self.since = 0.0
        self._log = log
        self._log_start = 0
        self._events = events
        with open(log, "ab") as stream:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stream, env=environment, **_APART
            )
        threading.Thread(target=self._read, name="headbridge-batch-reader", daemon=True).start()

    @property
    def free(self) -> bool:
        """Whether it takes a head."""
        return self.ready and self.head is None and not self.broke

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def seconds(self) -> float:
        """How long the present head takes."""
        return time.monotonic() - self.since

    def begin(self, head: Head, tries: int, retry_failed: bool) -> None:
        """Hand a head over."""
        self.head, self.tries, self.since = head, tries, time.monotonic()
        self._log_start = self._log.stat().st_size
        request = {"head": dataclasses.asdict(head), "tries": tries, "retry_failed": retry_failed}
        try:
            self._process.stdin.write(json.dumps(request).encode("utf-8") + b"\n")
            self._process.stdin.flush()
        except OSError:
            # A worker that has just died: the reader tells.
            pass

    def kill(self) -> None:
        """End the process, and those it has started, at once."""
        if sys.platform == "win32":
            self._process.kill()
        else:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def close(self) -> None:
        """Let a worker without a head end by itself."""
        try:
            self._process.stdin.close()
        except OSError:
            pass

    def wait(self) -> None:
        self._process.wait()

    def end(self) -> str:
        """How the process ended, for a message."""
        status = self._process.wait()
        if status >= 0 or sys.platform == "win32":
            return f"exit status {status}"
        name = signal.Signals(-status).name if -status in list(signal.Signals) else str(-status)
        return f"signal {name}" + (", as when memory runs out" if name == "SIGKILL" else "")

    def said(self) -> str:
        """The end of what the worker wrote to its log since the present head began."""
        with open(self._log, "rb") as stream:
            stream.seek(max(self._log_start, self._log.stat().st_size - _LOG_TAIL))
            return stream.read().decode("utf-8", "replace").strip()

    def _read(self) -> None:
        for line in self._process.stdout:
            # What Python's own start-up prints comes before the worker has its pipe for itself.
            with contextlib.suppress(ValueError):
                self._events.put((self, json.loads(line)))
        self._process.wait()
        self._events.put((self, None))
