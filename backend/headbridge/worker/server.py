"""The worker's loop: a thread reads requests, the main thread runs them one after the other."""

from __future__ import annotations

import contextlib
import os
import platform
import queue
import threading
from functools import partial
from typing import Any, BinaryIO

from .. import __version__
from ..errors import Cancelled
from ..jobs.folder import JobFolder
from ..jobs.plain_json import plain_json
from ..jobs.tasks import TASKS
from ..jobs.versions import installed_versions
from ..model_terms import noting_use
from ..progress import Progress
from ..settings import from_dict
from . import PROTOCOL
from .channel import Channel
from .errors import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, ProtocolError, describe_error
from .listener import ProgressListener
from .requests import Request, parse
from .running_job import RunningJob

GRACE_SECONDS = 2.0
"""How long a job may take to notice that the client is gone before the process ends regardless."""


class Server:
    """Answers the requests of one client until it says `shutdown` or closes the pipe."""

    def __init__(self, channel: Channel, stdin: BinaryIO):
        self._channel = channel
        self._stdin = stdin
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        # From a request's arrival to its job's end, so that a waiting job can be cancelled too.
        self._jobs: dict[str, RunningJob] = {}
        self._closing = threading.Event()

    def run(self) -> None:
        """Serve until the end; returns when the process should end."""
        threading.Thread(target=self._read, name="headbridge-requests", daemon=True).start()
        while (request := self._requests.get()) is not None:
            self._answer(request)
            if request.method == "shutdown":
                return

    def _read(self) -> None:
        # A client that is gone takes no answers to its wrong lines either.
        with contextlib.suppress(OSError):
            for line in self._stdin:
                if line.strip():
                    self._receive(line)
        self._close()
        self._requests.put(None)
        # A job deep in a library cannot be stopped politely, and nobody is left to kill the process.
        ending = threading.Timer(GRACE_SECONDS, os._exit, args=(0,))
        ending.daemon = True
        ending.start()

    def _receive(self, line: bytes) -> None:
        request = None
        try:
            request = parse(line)
            if request.method == "cancel":
                job = self._jobs.get(request.text("job"))
                if job is not None:
                    job.cancel()
                return
            if request.is_notification:
                return
            if request.method in TASKS:
                name = request.text("job")
                if name in self._jobs:
                    raise ProtocolError(INVALID_PARAMS, f"The job '{name}' is already there; give each job its own id.")
                cancelled = describe_error(Cancelled())
                self._jobs[name] = RunningJob(partial(self._channel.error, request.id, cancelled))
            elif request.method == "shutdown":
                self._close()
            elif request.method != "hello":
                known = ", ".join(["hello", *TASKS, "shutdown"])
                raise ProtocolError(
                    METHOD_NOT_FOUND, f"There is no method '{request.method}'; the methods are {known}."
                )
            self._requests.put(request)
        except ProtocolError as problem:
            # A line that could not be read has no id to answer to; JSON-RPC then answers to null.
            self._channel.error(None if request is None else request.id, describe_error(problem))

    def _close(self) -> None:
        self._closing.set()
        for job in list(self._jobs.values()):
            job.cancel()

    def _answer(self, request: Request) -> None:
        try:
            if request.method in TASKS:
                self._answer_job(request)
            elif request.method == "hello":
                self._channel.result(request.id, self._hello(request))
            else:
                self._channel.result(request.id, None)
        except BrokenPipeError:
            self._close()
        except Exception as problem:
            self._channel.error(request.id, describe_error(problem))

    def _answer_job(self, request: Request) -> None:
        name = request.text("job")
        job = self._jobs[name]
        try:
            send = partial(self._channel.result, request.id, self._run_task(request, job))
        except Exception as problem:
            send = partial(self._channel.error, request.id, describe_error(problem))
        finally:
            del self._jobs[name]
        job.answer(send)

    def _hello(self, request: Request) -> dict[str, Any]:
        asked = request.params.get("protocol")
        if asked != PROTOCOL:
            raise ProtocolError(
                INVALID_REQUEST,
                f"The add-on speaks protocol {asked}, this backend (version {__version__}) protocol {PROTOCOL}; "
                "install the backend that belongs to the add-on.",
            )
        # Warp is loaded only here, after the check, because that takes a while.
        from ..device import available_devices

        return {
            "protocol": PROTOCOL,
            "version": __version__,
            "python": platform.python_version(),
            "packages": installed_versions(),
            "devices": available_devices(),
        }

    def _run_task(self, request: Request, job: RunningJob) -> Any:
        if job.cancelled or self._closing.is_set():
            raise Cancelled()
        task = TASKS[request.method]
        folder = JobFolder(request.text("folder"))
        settings = from_dict(task.settings_class, request.table("settings"))
        listener = ProgressListener(self._channel, request.text("job"), folder)
        accepted = request.params.get("accepted_terms")
        with noting_use(lambda model: isinstance(accepted, list) and model.key in accepted):
            return plain_json(task.run(folder, settings, Progress(listener, lambda: job.cancelled)))
