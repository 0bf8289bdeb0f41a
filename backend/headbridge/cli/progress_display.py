"""Progress on stderr: a bar where somebody looks at a terminal, lines where they were asked for, else nothing."""

from __future__ import annotations

import shutil
import sys
import time

import numpy as np

from ..errors import printable

_BAR = 24
_INTERVAL = 0.1


class ProgressDisplay:
    """A listener for `headbridge.progress.Progress`. `lines` writes one line per stage instead of a bar."""

    def __init__(self, lines: bool):
        self._lines = lines
        self._bar = not lines and sys.stderr.isatty()
        self._last_time = -np.inf
        self._last_message = ""

    def __call__(self, fraction: float, message: str, vertices: np.ndarray | None) -> None:
        # Names from files are part of it.
        message = printable(message)
        if self._lines:
            if message != self._last_message:
                print(f"{fraction:4.0%} {message}", file=sys.stderr, flush=True)
                self._last_message = message
        elif self._bar and time.monotonic() - self._last_time >= _INTERVAL:
            self._last_time = time.monotonic()
            done = round(fraction * _BAR)
            text = f"[{'#' * done}{'.' * (_BAR - done)}] {fraction:4.0%} {message}"
            show_line(text)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar:
            show_line("")


def show_line(text: str) -> None:
    """Let the terminal's last line say `text`, as far as there is room, and the next call change it."""
    # "Erase to the end of the line" leaves nothing of a longer text before.
    print(f"\r{text[: shutil.get_terminal_size().columns - 1]}\x1b[K", end="", file=sys.stderr, flush=True)
