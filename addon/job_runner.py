# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs at the moment: one session after the other, of which there is at most one at a time."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from .job_session import Session

_running: JobRunner | None = None


class JobRunner:
    """Runs a session and those that follow it. Whatever goes wrong in a step ends all, so that no fault blocks the next
    job.

    present : the session that runs, or ran last. fault : what ended it beside its own errors."""

    def __init__(self, first: Session, doing: str):
        self.present = first
        self.fault = ""
        self._first, self._doing = first, doing
        # The share of the whole progress of the sessions that have ended.
        self._done = 0.0

    @property
    def fraction(self) -> float:
        share = self.present.share if self.present is self._first else 1.0
        return self._done + share * (1.0 - self._done) * self.present.fraction

    @property
    def verdict(self) -> dict | None:
        """The first one's: those that follow bring into the scene what it found."""
        return self._first.verdict

    def step(self, show_preview: bool = True) -> bool:
        """Move on; True once all have ended, or one has without success."""
        try:
            if not self.present.step(show_preview):
                return False
            if self.present.following is None:
                return True
            self._done = self.present.share
            self.present = self.present.following
            return False
        except Exception as problem:
            traceback.print_exc()
            cause = f"{type(problem).__name__}: {problem}"
            self.fault = f"{self._doing} ended by a fault ({cause}); nothing more was done."
            self.present.abort()
            return True

    def run_to_the_end(self) -> None:
        """Step until all have ended; Ctrl-C cancels, and pressed again ends at once."""
        try:
            self._wait()
        except KeyboardInterrupt:
            self.cancel()
            self._wait()

    def _wait(self) -> None:
        while not self.step(show_preview=False):
            time.sleep(0.01)

    def cancel(self) -> None:
        """Ask for the end; `step` finishes within a second."""
        self.present.cancel()


def begin(make: Callable[[], Session], doing: str) -> JobRunner:
    """Run the session that `make` makes, which may raise."""
    global _running
    _running = JobRunner(make(), doing)
    return _running


def running() -> JobRunner | None:
    """What runs at the moment."""
    return _running


def let_go() -> None:
    """What ran has ended."""
    global _running
    _running = None


def abort() -> None:
    """End what runs at once."""
    global _running
    if _running is not None:
        runner, _running = _running, None
        runner.present.abort()
