"""Warm workers on a Ray cluster, each an actor that does one head after the other.

Nodes share the storage with the batch's folder and the inputs; heads and records alone travel through Ray.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from ..errors import Cancelled, HeadBridgeError, InputError
from .head import Head
from .memory import own_memory_bytes
from .pool import POLL_SECONDS, Limits
from .record import BatchFolder, Record
from .work import Run, do_head, failed_record
from .worker_process import THREAD_VARIABLES

LOCAL = "local"
"""The address of a cluster that is started on this machine, and ends with the batch."""

# A node may take its heads with it twice before a head counts as what kills workers.
_TRIES = 3


class RayPool:
    """Does heads on a Ray cluster.

    address : of the cluster, or LOCAL; count : of workers, 0 for as many as the cluster has cores for; threads : cores
    of each. An actor that dies, alone or with its node, is replaced, and its head tried again elsewhere.

    Raises `InputError` without Ray, `HeadBridgeError` when there is no cluster at the address."""

    def __init__(self, address: str, folder: BatchFolder, run: Run, count: int, threads: int, limits: Limits):
        if find_spec("ray") is None:
            raise InputError("--ray needs Ray, which is not installed; pip install 'headbridge[ray]'.")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        import ray

        self._ray, self._folder, self._limits = ray, folder, limits
        where = {"num_cpus": os.cpu_count()} if address == LOCAL else {"address": address}
        try:
            ray.init(**where, include_dashboard=False, log_to_driver=False, logging_level="ERROR") if (
                address == LOCAL
            ) else ray.init(**where, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as problem:
            cause = " ".join(str(problem).split())
            raise HeadBridgeError(f"There is no Ray cluster at {address} ({cause}).") from problem
        self.count = count or max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)
        variables = {**dict.fromkeys(THREAD_VARIABLES, str(threads)), "OMP_WAIT_POLICY": "PASSIVE"}
        # One try of the actor's: what is to be done about a death is decided here. A head is done by one call at a time.
        self._actor = ray.remote(
            num_cpus=threads, max_restarts=0, max_task_retries=0, runtime_env={"env_vars": variables}
        )(_Worker)
        self._making = (str(folder.path), os.getcwd(), run, limits.memory)

    def run(
        self,
        heads: Sequence[Head],
        retry_failed: bool,
        tell: Callable[[Record], None],
        tick: Callable[[], None],
        stopped: Callable[[], bool],
    ) -> None:
        """As `WorkerPool.run`; no more heads are in flight than there are workers."""
        waiting = deque((head, 1) for head in heads)
        free = [self._actor.remote(*self._making) for _ in range(min(self.count, len(waiting)))]
        flying: dict[Any, tuple[Any, Head, int, float]] = {}
        try:
            while waiting or flying:
                if stopped():
                    raise Cancelled("Stopped.")
                while waiting and free:
                    (head, tries), actor = waiting.popleft(), free.pop()
                    call = actor.do.remote(head, retry_failed, tries)
                    flying[call] = (actor, head, tries, time.monotonic())
                ready, _ = self._ray.wait(list(flying), num_returns=1, timeout=POLL_SECONDS)
                for call in ready:
                    actor, head, tries, since = flying.pop(call)
                    try:
                        tell(Record.from_plain(self._ray.get(call)))
                        free.append(actor)
                    except self._ray.exceptions.RayActorError as death:
                        free.append(self._actor.remote(*self._making))
                        self._bury(head, tries, since, str(death), waiting, tell)
                for call, (actor, head, tries, since) in list(flying.items()):
                    if self._limits.seconds and time.monotonic() - since > self._limits.seconds:
                        del flying[call]
                        self._ray.kill(actor)
                        free.append(self._actor.remote(*self._making))
                        cause = f"It took longer than {self._limits.seconds:g} s, and was ended."
                        tell(self._failed(head, cause, "", since, tries))
                tick()
        finally:
            for actor in [*free, *(actor for actor, *_ in flying.values())]:
                self._ray.kill(actor)
            self._ray.shutdown()
            for _, head, *_ in flying.values():
                self._folder.clear(head.name)

    def _bury(self, head, tries, since, death, waiting, tell) -> None:
        """A head whose actor died: through with a record if the actor left one, else tried again or failed."""
        record = self._folder.kept(head, head.key())
        if record is not None and record.tries == tries:
            tell(record)
        elif tries < _TRIES:
            waiting.appendleft((head, tries + 1))
        else:
            tell(self._failed(head, "Its worker died.", death, since, tries))

    def _failed(self, head: Head, cause: str, details: str, since: float, tries: int) -> Record:
        record = failed_record(head, cause, details, time.monotonic() - since, tries)
        self._folder.clear(head.name)
        self._folder.finish(record)
        return record


class _Worker:
    """What runs in an actor."""

    def __init__(self, folder: str, here: str, run: Run, memory: int):
        # Relative paths mean what they mean where the batch was started.
        os.chdir(here)
        self._folder, self._run = BatchFolder(folder), run
        self._head: tuple[Head, float, int] | None = None
        if memory:
            threading.Thread(target=self._watch, args=(memory,), daemon=True).start()

    def do(self, head: Head, retry_failed: bool, tries: int) -> dict[str, Any]:
        self._head = (head, time.monotonic(), tries)
        record = do_head(head, self._folder, self._run, retry_failed, tries)
        self._head = None
        return record.plain()

    def _watch(self, limit: int) -> None:
        while own_memory_bytes() <= limit or self._head is None:
            time.sleep(POLL_SECONDS)
        head, since, tries = self._head
        cause = f"It needed more than {limit / 1e9:g} GB of memory, and was ended."
        self._folder.finish(failed_record(head, cause, "", time.monotonic() - since, tries))
        os._exit(1)
