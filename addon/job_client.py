# SPDX-License-Identifier: GPL-3.0-or-later
"""Client of the backend worker: JSON-RPC lines over a child process, and the life of one job.

Nothing here touches bpy. A reader thread only puts decoded lines into a queue; whoever owns the client drains the
queue from the main thread (a modal timer, or a plain loop in background mode).
"""

from __future__ import annotations

import collections
import json
import os
import queue
import subprocess
import sys
import threading
import time

PROTOCOL = 1

FAILED = -32001
BAD_INPUT = -32002
CANCELLED = -32003
FAILED_RESULT = -32004
TERMS = -32005

HANDSHAKE_SECONDS = 120.0
CANCEL_SECONDS = 0.9

NO_WINDOW = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
"""Arguments of `subprocess` that let a program start without a console of its own, which only Windows would open."""

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


class BackendError(Exception):
    """The backend could not do what was asked. The text is one clear line; `log_path` names the worker's log."""

    def __init__(self, message: str, log_path: str = ""):
        super().__init__(message)
        self.log_path = log_path


class WorkerClient:
    """One worker process.

    Parameters
    ----------
    command : the program and its arguments.
    environment : the child's environment variables.
    log_path : file that takes everything the worker writes to stderr.
    folder : its working folder; by default this process's.

    Raises `BackendError` when the process cannot be started.
    """

    def __init__(self, command: list[str], environment: dict[str, str], log_path: str, folder: str | None = None):
        self.command = list(command)
        self.log_path = log_path
        self.hello: dict | None = None
        self._next_id = 0
        self._messages: queue.SimpleQueue = queue.SimpleQueue()
        try:
            with open(log_path, "wb") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=environment,
                    cwd=folder,
                    **NO_WINDOW,
                )
        except OSError as problem:
            raise BackendError(
                f"The backend could not be started: {problem}. Check the interpreter in the preferences."
            ) from problem
        self._reader = threading.Thread(target=self._read, name="headbridge-worker-reader", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            if not line.strip():
                continue
            try:
                # NaN and Infinity, which Python reads, are no JSON and nothing for the scene.
                message = json.loads(line, parse_constant=_refuse)
            except (ValueError, RecursionError):
                message = None
            if not isinstance(message, dict):
                message = {"unreadable": line[:200].decode("utf-8", "replace").strip()}
            self._messages.put(message)
        self._messages.put({"ended": self._process.wait()})

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def request(self, method: str, params: dict) -> int:
        """Send a request and return its id; the answer arrives through `messages`."""
        self._next_id += 1
        self._send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        return self._next_id

    def notify(self, method: str, params: dict) -> None:
        """Send a notification, which has no answer."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: dict) -> None:
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            # The pipe of a dead worker: the reader thread reports its end with the exit status.
            pass

    def messages(self) -> list[dict]:
        """Everything received since the last call; `{"ended": status}` is the last message of a worker."""
        received = []
        while True:
            try:
                received.append(self._messages.get_nowait())
            except queue.Empty:
                return received

    def log_tail(self, lines: int = 8) -> str:
        """The last lines of the worker's log."""
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return "".join(collections.deque(log, maxlen=lines)).strip()
        except OSError:
            return ""

    def kill(self) -> None:
        """End the worker at once."""
        if self.alive:
            self._process.kill()
        self._close()

    def shutdown(self, seconds: float = 1.0) -> None:
        """Ask the worker to end; kill it when it has not ended after `seconds`."""
        if self.alive:
            self.request("shutdown", {})
            self._close_stdin()
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._close()

    def _close_stdin(self) -> None:
        try:
            self._process.stdin.close()
        except OSError:
            pass

    def _close(self) -> None:
        self._close_stdin()
        self._process.wait()
        self._reader.join(2.0)
        self._process.stdout.close()


class Job:
    """One request to a worker, from the handshake to its end.

    Call :meth:`step` from the main thread until `finished`. States: "starting" (waits for the handshake), "running",
    "cancelling", and then "done" (`result` is set), "failed" (`error` is set, and `reasons` where the result itself was
    found wrong) or "cancelled".

    Parameters
    ----------
    worker : an open `WorkerClient`, or a `RemoteWorker`; the handshake is made when it has not been.
    method, params : the request; None for the handshake alone.
    """

    def __init__(self, worker: WorkerClient, method: str | None, params: dict | None = None, clock=time.monotonic):
        self.worker = worker
        self.state = "starting"
        self.fraction = 0.0
        self.message = "Starting the backend"
        self.preview: str | None = None
        self.result: dict | None = None
        self.error: BackendError | None = None
        self.bad_input = False
        self.terms: dict[str, str] | None = None
        self.reasons: list[dict] = []
        self._method = method
        self._params = params or {}
        self._clock = clock
        self._request = None
        self._deadline = None
        if worker.hello is None:
            self._request = worker.request("hello", {"protocol": PROTOCOL, "client": "blender"})
            self._deadline = clock() + HANDSHAKE_SECONDS
        else:
            self._begin()

    @property
    def finished(self) -> bool:
        return self.state in {"done", "failed", "cancelled"}

    def cancel(self) -> None:
        """Ask for the end of the job. A worker that does not answer within a second is killed."""
        if self.finished or self.state == "cancelling":
            return
        if self.state == "starting":
            self._kill_cancelled()
            return
        self.worker.notify("cancel", {"job": self._params.get("job")})
        self.state = "cancelling"
        self.message = "Cancelling"
        self._deadline = self._clock() + CANCEL_SECONDS

    def step(self) -> None:
        """Take in what the worker has sent."""
        for message in self.worker.messages():
            if self.finished:
                return
            try:
                self._take(message)
            except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as problem:
                # A worker that does not keep to the protocol is not asked any more.
                self.worker.kill()
                self._fail(f"The backend sent a message that cannot be understood ({problem}); nothing was changed.")
        if not self.finished and self._deadline is not None and self._clock() > self._deadline:
            if self.state == "cancelling":
                self._kill_cancelled()
            else:
                self.worker.kill()
                self._fail(f"The backend did not answer within {HANDSHAKE_SECONDS:.0f} seconds.")

    def _begin(self) -> None:
        self._deadline = None
        if self._method is None:
            self.result = self.worker.hello
            self.state = "done"
            return
        self.state = "running"
        self.message = "Started"
        self._request = self.worker.request(self._method, self._params)

    def _take(self, message: dict) -> None:
        if "ended" in message:
            if self.state == "cancelling":
                self.state = "cancelled"
            else:
                self._fail(f"The backend ended unexpectedly ({_status(message['ended'])}); nothing was changed.")
        elif "refused" in message:
            # A worker on another computer, whose process and log are not here.
            self._fail(message["refused"], with_log=False)
        elif "unreadable" in message:
            self.worker.kill()
            self._fail(f"The backend sent a line that is not JSON: {message['unreadable']}")
        elif message.get("method") == "progress":
            self._progress(message.get("params", {}))
        elif message.get("id") == self._request and ("result" in message or "error" in message):
            self._answer(message)

    def _progress(self, params: dict) -> None:
        if params.get("job") != self._params.get("job") or self.state != "running":
            return
        self.fraction = min(max(float(params.get("fraction", self.fraction)), 0.0), 1.0)
        self.message = " ".join(str(params.get("message", self.message)).split())
        if params.get("vertices"):
            self.preview = params["vertices"]

    def _answer(self, message: dict) -> None:
        if "error" in message:
            error = message["error"]
            if error.get("code") == CANCELLED:
                self.state = "cancelled"
                return
            self.bad_input = error.get("code") == BAD_INPUT
            if error.get("code") == TERMS:
                terms = error["data"]["terms"]
                self.terms = {name: str(terms[name]) for name in ("key", "label", "terms", "source")}
            if error.get("code") == FAILED_RESULT:
                self.reasons = [
                    {key: str(reason[key]) for key in ("level", "text", "region", "step")}
                    for reason in error.get("data", {}).get("reasons", [])
                ]
            if self.state == "starting":
                self.worker.kill()
            self._fail(str(error.get("message", "The backend failed without a message.")), with_log=False)
        elif self.state == "starting":
            self._check_hello(message["result"])
        elif self.state == "cancelling":
            # The job finished before the cancel arrived; the user asked for no change.
            self.state = "cancelled"
        else:
            self.result = message["result"]
            self.fraction = 1.0
            self.state = "done"

    def _check_hello(self, hello: dict) -> None:
        if hello.get("protocol") != PROTOCOL:
            self.worker.kill()
            self._fail(
                f"The backend speaks protocol {hello.get('protocol')}, this add-on {PROTOCOL}; "
                "install both from one version.",
                with_log=False,
            )
            return
        self.worker.hello = hello
        self._begin()

    def _kill_cancelled(self) -> None:
        self.worker.kill()
        self.state = "cancelled"

    def _fail(self, text: str, with_log: bool = True) -> None:
        tail = self.worker.log_tail() if with_log else ""
        self.error = BackendError(f"{text}\n{tail}" if tail else text, self.worker.log_path)
        self.state = "failed"


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _status(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def worker_environment(
    backend_folder: str, inherited: dict[str, str] | None = None, threads: int = 0
) -> dict[str, str]:
    """Environment for the worker: the backend's source on the path, nothing of Blender's own Python.

    threads : how many each library may use; 0 lets them choose, which is one for every core."""
    environment = dict(os.environ if inherited is None else inherited)
    # Without the last one modules are compiled once, not whenever the worker starts.
    for name in ("PYTHONHOME", "PYTHONSTARTUP", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    environment.update(PYTHONPATH=backend_folder, PYTHONUNBUFFERED="1", PYTHONIOENCODING="utf-8")
    # As `python -P`, for all that the worker starts too: a file json.py in the folder Blender was started in is not run.
    environment["PYTHONSAFEPATH"] = "1"
    # Libraries read these when they load. Threads that wait otherwise spin, and take the cores from those that work.
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if threads > 0:
        environment.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
    return environment
