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
from ..threads import VARIABLES
from .head import Head
from .memory import own_memory_bytes
from .pool import FAILED_STARTS, POLL_SECONDS, Limits
from .record import BatchFolder, Record
from .work import Run, do_head, failed_record

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
        where = {"include_dashboard": False} if address == LOCAL else {"address": address}
        try:
            ray.init(**where, log_to_driver=False, logging_level="ERROR")
        # Ray raises plain exceptions, too, as for nodes that do not come up in time.
        except Exception as problem:
            cause = " ".join(str(problem).split())
            raise HeadBridgeError(f"There is no Ray cluster at {address} ({cause}).") from problem
        self.count = count or max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)
        variables = {**dict.fromkeys(VARIABLES, str(threads)), "OMP_WAIT_POLICY": "PASSIVE"}
        # What is to be done about a death is decided here.
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
        starting = dict(self._new_actor() for _ in range(min(self.count, len(waiting))))
        free: list[Any] = []
        flying: dict[Any, tuple[Any, Head, int, float]] = {}
        failed_starts = 0
        try:
            while waiting or flying:
                if stopped():
                    raise Cancelled("Stopped.")
                while waiting and free:
                    (head, tries), actor = waiting.popleft(), free.pop()
                    flying[actor.do.remote(head, retry_failed, tries)] = (actor, head, tries, time.monotonic())
                for call in self._ray.wait([*starting, *flying], num_returns=1, timeout=POLL_SECONDS)[0]:
                    death = self._death(call)
                    if call in starting:
                        actor = starting.pop(call)
                        failed_starts = failed_starts + 1 if death else 0
                        if failed_starts > FAILED_STARTS * self.count:
                            raise HeadBridgeError("The workers on the cluster end at once.", death)
                    else:
                        actor, head, tries, since = flying.pop(call)
                        record = self._bury(head, tries, since, death) if death else self._ray.get(call)
                        if record is None:
                            waiting.appendleft((head, tries + 1))
                        else:
                            tell(record)
                    if death:
                        starting.update([self._new_actor()])
                    else:
                        free.append(actor)
                for call, (actor, head, tries, since) in list(flying.items()):
                    if self._limits.seconds and time.monotonic() - since > self._limits.seconds:
                        del flying[call]
                        self._ray.kill(actor)
                        starting.update([self._new_actor()])
                        tell(self._failed(head, self._limits.too_long, "", since, tries))
                tick()
        finally:
            for actor in [*free, *starting.values(), *(actor for actor, *_ in flying.values())]:
                self._ray.kill(actor)
            self._ray.shutdown()
            for _, head, *_ in flying.values():
                self._folder.clear(head.name)

    def _new_actor(self) -> tuple[Any, Any]:
        """A call that is through once the actor is up, and the actor."""
        actor = self._actor.remote(*self._making)
        return actor.up.remote(), actor

    def _death(self, call: Any) -> str:
        """How the actor of a call that is through died; "" of one that lives."""
        try:
            self._ray.get(call)
        except self._ray.exceptions.RayActorError as death:
            return str(death) or "It died."
        return ""

    def _bury(self, head: Head, tries: int, since: float, death: str) -> Record | None:
        """The record of a head whose actor died; None when it is to be tried again."""
        record = self._folder.kept(head, head.key())
        if record is not None and record.tries == tries:
            # It ended itself, and said why.
            self._folder.clear(head.name)
            return record
        if tries < _TRIES:
            self._folder.clear(head.name)
            return None
        return self._failed(head, "Its worker died.", death, since, tries)

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

    def up(self) -> None:
        """Answers as soon as the actor runs."""

    def do(self, head: Head, retry_failed: bool, tries: int) -> Record:
        self._head = (head, time.monotonic(), tries)
        record = do_head(head, self._folder, self._run, retry_failed, tries)
        self._head = None
        return record

    def _watch(self, limit: int) -> None:
        while own_memory_bytes() <= limit or self._head is None:
            time.sleep(POLL_SECONDS)
        head, since, tries = self._head
        cause = Limits(memory=limit).too_large
        self._folder.finish(failed_record(head, cause, "", time.monotonic() - since, tries))
        os._exit(1)
