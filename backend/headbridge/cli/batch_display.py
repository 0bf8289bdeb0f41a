"""How far a batch is: a line that changes where somebody looks at a terminal, a line for every head elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable

from ..batch.record import CHECK, DONE, FAILED, Record
from ..errors import printable
from .progress_display import show_line

_INTERVAL = 0.5
_BAR = 20
_COLOURS = {CHECK: "33", FAILED: "31"}
_WORDS = {DONE: "done", CHECK: "check", FAILED: "FAILED"}
# The rate is that of the last heads: the first ones wait for libraries.
_RATE_HEADS = 200


class BatchDisplay:
    """Counts records and shows them on stderr.

    heads : how many there are; clock : in seconds."""

    def __init__(self, heads: int, clock: Callable[[], float] = time.monotonic):
        self.heads = heads
        self.counts: Counter[str] = Counter()
        self.kept = 0
        self._clock = clock
        self._terminal = sys.stderr.isatty()
        self._times = [clock()]
        self._shown = -_INTERVAL

    @property
    def through(self) -> int:
        """How many heads have a record."""
        return self.counts.total()

    def tell(self, record: Record) -> None:
        """A head is through. Those that were there before get no line."""
        self.counts[record.state] += 1
        if record.kept:
            self.kept += 1
            return
        self._times = [*self._times[-_RATE_HEADS:], self._clock()]
        if self._terminal and record.state == DONE:
            return
        word = _WORDS[record.state]
        if self._terminal:
            word = f"\x1b[{_COLOURS[record.state]}m{word}\x1b[0m"
        text = printable(record.message)
        counted = "" if self._terminal else f"[{self.through}/{self.heads}] "
        line = f"{counted}{word} {record.name} ({record.seconds:.1f} s)" + (f": {text}" if text else "")
        print(f"\r{line}\x1b[K" if self._terminal else line, file=sys.stderr, flush=True)
        self._shown = -_INTERVAL

    def tick(self) -> None:
        """Show the state, not more often than one can read it."""
        if self._terminal and self._clock() - self._shown >= _INTERVAL:
            self._shown = self._clock()
            done = _BAR * self.through // max(self.heads, 1)
            show_line(f"[{'#' * done}{'.' * (_BAR - done)}] {self.line()}")

    def close(self) -> None:
        """Take the changing line away."""
        if self._terminal:
            show_line("")

    def line(self) -> str:
        """Heads, failures, heads to check, rate and time left in one line."""
        parts = [f"{self.through}/{self.heads} heads"]
        for state, word in ((FAILED, "failed"), (CHECK, "to check")):
            if self.counts[state]:
                parts.append(f"{self.counts[state]} {word}")
        if self.kept:
            parts.append(f"{self.kept} from before")
        passed = len(self._times) - 1
        seconds = self._times[-1] - self._times[0]
        if passed and seconds > 0.0:
            parts.append(f"{60.0 * passed / seconds:.1f} a minute")
            # What has passed since the last head counts, too.
            left = (self.heads - self.through) * seconds / passed - (self._clock() - self._times[-1])
            parts.append(f"{duration(max(left, 0.0))} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """ "45 s", "12 min" or "3 h 05 min"."""
    minutes = round(seconds / 60.0)
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
