"""A job between its request and its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable

CANCEL_SECONDS = 0.7
"""How long a cancelled job may take to stop by itself before it is answered for."""


class RunningJob:
    """Whether a job was cancelled, and that it is answered exactly once.

    A job stops at its next progress report; where that takes too long (a kernel is being compiled, say)
    `answer_cancelled` is called from another thread, and whatever the job still says is dropped."""

    def __init__(self, answer_cancelled: Callable[[], None]):
        self._answer_cancelled = answer_cancelled
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._answered = False

    @property
    def cancelled(self) -> bool:
        """Whether the job should stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the job to stop, and see that it is answered soon."""
        if not self._cancelled.is_set():
            self._cancelled.set()
            timer = threading.Timer(CANCEL_SECONDS, self.answer, args=(self._answer_cancelled,))
            timer.daemon = True
            timer.start()

    def answer(self, send: Callable[[], None]) -> None:
        """Call `send` unless the job was answered before."""
        with self._lock:
            if not self._answered:
                self._answered = True
                send()
