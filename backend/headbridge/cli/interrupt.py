"""Ctrl-C: the first asks the job to stop, the second ends the process."""

from __future__ import annotations

import contextlib
import signal
import threading


@contextlib.contextmanager
def stop_on_interrupt():
    """Gives a function that says whether Ctrl-C was pressed, for `Progress(should_stop=...)`."""
    pressed = threading.Event()

    def on_interrupt(signum, frame):
        pressed.set()
        # The next one is for the impatient and works even inside a library call.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)
