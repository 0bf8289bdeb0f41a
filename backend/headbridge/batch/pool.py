"""Warm workers on this machine, each a process that does one head after the other."""

from __future__ import annotations

import os
import queue
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import Cancelled, HeadBridgeError
from ..threads import usable_cores
from .head import Head
from .memory import own_memory_bytes
from .record import BatchFolder, Record
from .serve import READY
from .work import failed_record
from .worker_process import WorkerProcess, worker_environment

POLL_SECONDS = 0.1
"""How often limits and stopping are looked at."""

WORKER_BYTES = 1_000_000_000
"""What a worker may need, for choosing their number."""

_TRIES = 2
FAILED_STARTS = 3
"""Workers that end before they take a head, one after the other, until the batch does, too."""


@dataclass(frozen=True)
class Limits:
    """What a head may take: seconds, and bytes of its worker's memory; 0 for no limit."""

    seconds: float = 0.0
    memory: int = 0

    @property
    def too_long(self) -> str:
        """What a head that broke the first limit is told."""
        return f"It took longer than {self.seconds:g} s, and was ended."

    @property
    def too_large(self) -> str:
        """What a head that broke the second limit is told."""
        return f"It needed more than {self.memory / 1e9:g} GB of memory, and was ended."


def choose_workers(heads: int, free_memory: int, limits: Limits) -> int:
    """How many workers this machine has room for: one for each core, as far as the memory suffices."""
    return max(1, min(heads, usable_cores(), free_memory // (limits.memory or WORKER_BYTES)))


class WorkerPool:
    """Does heads on processes of this machine.

    command : program and words that start a worker, which calls `serve`; count : of workers; threads : of each one's
    libraries. A worker that dies is replaced, and its head tried once more by a fresh one; one that breaks a limit is
    ended, with its head.
    """

    def __init__(self, command: Sequence[str], folder: BatchFolder, count: int, threads: int, limits: Limits):
        self._command, self._folder, self._limits = list(command), folder, limits
        self._count = count
        self._environment = worker_environment(threads)
        self._events: queue.SimpleQueue = queue.SimpleQueue()
        self._workers: list[WorkerProcess] = []
        self._failed_starts = self._started = 0

    def run(
        self,
        heads: Sequence[Head],
        retry_failed: bool,
        tell: Callable[[Record], None],
        tick: Callable[[], None],
        stopped: Callable[[], bool],
    ) -> None:
        """Do the heads and `tell` the record of each; `tick` is called ten times a second meanwhile.

        Raises `Cancelled` within a second once `stopped`, when all workers have ended, and `HeadBridgeError` when no
        worker comes up."""
        waiting = deque((head, 1) for head in heads)
        left = len(waiting)
        try:
            while left:
                if stopped():
                    raise Cancelled("Stopped.")
                busy = sum(worker.head is not None for worker in self._workers)
                while len(self._workers) < min(self._count, busy + len(waiting)):
                    self._start()
                for worker in self._workers:
                    if waiting and worker.free:
                        worker.begin(*waiting.popleft(), retry_failed)
                    self._watch(worker)
                for worker, message in self._messages():
                    record = self._heard(worker, message, waiting)
                    if record is not None:
                        left -= 1
                        tell(record)
                tick()
        finally:
            for worker in self._workers:
                worker.kill() if left else worker.close()
            for worker in self._workers:
                worker.wait()
                if worker.head is not None:
                    self._folder.clear(worker.head.name)

    def _start(self) -> None:
        self._started += 1
        log = self._folder.logs / f"{socket.gethostname()}-{os.getpid()}-{self._started}.log"
        self._workers.append(WorkerProcess(self._command, self._environment, log, self._events))

    def _messages(self) -> list[tuple[WorkerProcess, dict | None]]:
        """What workers said, after a short wait where they are silent."""
        messages = []
        try:
            messages.append(self._events.get(timeout=POLL_SECONDS))
            while True:
                messages.append(self._events.get_nowait())
        except queue.Empty:
            return messages

    def _watch(self, worker: WorkerProcess) -> None:
        """End a worker that breaks a limit."""
        if worker.head is None or worker.broke:
            return
        if self._limits.seconds and worker.seconds > self._limits.seconds:
            worker.broke = self._limits.too_long
        elif self._limits.memory and own_memory_bytes(worker.pid) > self._limits.memory:
            worker.broke = self._limits.too_large
        if worker.broke:
            worker.kill()

    def _heard(self, worker: WorkerProcess, message: dict | None, waiting: deque) -> Record | None:
        """Take note of a message; gives the record of a head that is through."""
        if message is None:
            return self._buried(worker, waiting)
        if message.get("method") == READY:
            worker.ready = True
            self._failed_starts = 0
            return None
        worker.head = None
        return Record.from_plain(message["result"])

    def _buried(self, worker: WorkerProcess, waiting: deque) -> Record | None:
        self._workers.remove(worker)
        head = worker.head
        if head is None:
            self._failed_starts += not worker.ready
            if self._failed_starts >= FAILED_STARTS:
                raise HeadBridgeError(f"The workers end at once ({worker.end()}).", worker.said())
            return None
        self._folder.clear(head.name)
        if not worker.broke and worker.tries < _TRIES:
            # What killed it may have been a worker beside it that took the memory.
            waiting.appendleft((head, worker.tries + 1))
            return None
        cause = worker.broke or f"Its worker died ({worker.end()})."
        record = failed_record(head, cause, worker.said(), worker.seconds, worker.tries)
        self._folder.finish(record)
        return record
