"""The worker's side of a pool: heads on stdin, records on stdout, one JSON object per line."""

from __future__ import annotations

import faulthandler
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path

from ..worker.channel import Channel
from .head import Head
from .record import BatchFolder
from .work import Run, do_head

READY = "ready"
"""The method of the notification that a worker takes heads."""


def serve(folder: str, run: Run) -> None:
    """Do the heads that stdin names, until it ends; what libraries print goes to stderr. Ends the process."""
    channel = Channel.take_stdout()
    # The pool decides what Ctrl-C means, and a worker that crashes tells where.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    _die_first()
    requests: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    place = BatchFolder(folder)
    channel.notify(READY, {})
    while True:
        request = requests.get()
        record = do_head(Head(**request["head"]), place, run, request["retry_failed"], request["tries"])
        channel.result(record.name, record.plain())


def _read(requests: queue.SimpleQueue) -> None:
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    # The pool is gone, and nobody waits for the head that is being done.
    os._exit(0)


def _die_first() -> None:
    """Where memory runs out, Linux is to end a worker and not the pool."""
    adjustment = Path("/proc/self/oom_score_adj")
    try:
        adjustment.write_text("500", encoding="ascii")
    except OSError:
        # There is no such file on other systems, and a container may forbid it.
        pass
