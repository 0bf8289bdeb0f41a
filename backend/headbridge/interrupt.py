"""Ctrl-C: whenever it comes, the process ends with one line and leaves no half-written file.

A `KeyboardInterrupt` may be raised anywhere, also while a library of C is imported, which turns it into another error or
swallows it. So the handler itself ends the process; a job that runs is asked to stop instead, and says so itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

from .errors import Cancelled

_CANCELLED = Cancelled.exit_code

# Files that are being written under another name.
_unfinished: set[str] = set()
_asked_to_stop = threading.Event()
_held = 0
_waiting = False


def exit_on_interrupt() -> None:
    """From now on Ctrl-C ends the process at once."""
    signal.signal(signal.SIGINT, _on_interrupt)


def _on_interrupt(_signal, _frame) -> None:
    global _waiting
    if _held:
        _waiting = True
        return
    for path in list(_unfinished):
        with contextlib.suppress(OSError):
            os.unlink(path)
    # Ends the line that shows progress; other threads may be printing, so that nothing waits for them.
    line = "\r\x1b[K" if os.isatty(2) else ""
    with contextlib.suppress(OSError):
        os.write(2, f"{line}headbridge: error: {Cancelled()}\n".encode())
    os._exit(_CANCELLED)


@contextlib.contextmanager
def ending_on_interrupt() -> Iterator[None]:
    """What is asked here may wait for ever: Ctrl-C ends the process, also while a job runs."""
    before = signal.signal(signal.SIGINT, _on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def unfinished_file(path: str | os.PathLike) -> Iterator[None]:
    """However this ends, `path` is gone afterwards, unless it was renamed; Ctrl-C takes it away too."""
    name = os.fspath(path)
    _unfinished.add(name)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            os.unlink(name)
        _unfinished.discard(name)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """What happens here happens whole: Ctrl-C waits for its end. Raises `Cancelled` instead where the job was asked to
    stop after it last looked."""
    global _held
    if _asked_to_stop.is_set():
        raise Cancelled()
    _held += 1
    try:
        yield
    finally:
        _held -= 1
        if _waiting and not _held and signal.getsignal(signal.SIGINT) is _on_interrupt:
            _on_interrupt(signal.SIGINT, None)


@contextlib.contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether Ctrl-C was pressed, for `Progress(should_stop=...)`; a second Ctrl-C ends the
    process."""
    _asked_to_stop.clear()

    def on_interrupt(signum, frame):
        _asked_to_stop.set()
        # The next one is for the impatient and works even inside a library call.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield _asked_to_stop.is_set
    finally:
        signal.signal(signal.SIGINT, before)
        _asked_to_stop.clear()
